import { Aws, type CfnCondition, CfnOutput, Fn } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { ProductStack } from 'aws-cdk-lib/aws-servicecatalog';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { consoleOf, findingsLink, OWN_GENERATOR_PREFIX } from '../lambda/core/security-hub-target.ts';
import { Alarms } from './alarms.ts';
import { AttackMatrix } from './attack-matrix.ts';
import { AttackRepository } from './attack-repository.ts';
import { CustomerKey } from './customer-key.ts';
import { Dashboard } from './dashboard.ts';
import { EnableServices } from './enable-services.ts';
import { EnrichFinding } from './enrich-finding.ts';
import { FindingIntake } from './finding-intake.ts';
import { Insights } from './insights.ts';
import { NetworkAccess } from './network-access.ts';
import { declareParameters } from './parameters.ts';
import { Preflight } from './preflight.ts';
import { tagForTheLaunchRole } from './product-tag.ts';
import { Reconcile } from './reconcile.ts';
import { Remediation } from './remediation.ts';
import { RepositoryLoader } from './repository-loader.ts';
import { RollUpTactics } from './roll-up-tactics.ts';
import { WorkflowChange } from './workflow-change.ts';

export interface VirtualSocProductProps {
  /** Bucket of a fixed name that the code of the functions is read from at launch. */
  readonly assetBucket: IBucket;
  /**
   * URL of the folder `docs/`, where whoever gets the alarms can read it.
   *
   * @default alarms name the file only
   */
  readonly documentation?: string;
}

/**
 * The enrichment product, launched in the account and home Region of the Security Hub that findings are enriched in.
 *
 * The ids of its parts decide what CloudFormation calls its resources: a renamed part is a new one, and the old one goes.
 */
export class VirtualSocProduct extends ProductStack {
  constructor(scope: Construct, id: string, props: VirtualSocProductProps) {
    super(scope, id, {
      description: 'Virtual SOC: MITRE ATT&CK techniques and tactics of Security Hub findings',
      assetBucket: props.assetBucket,
      analyticsReporting: false,
    });

    const answers = declareParameters(this);
    const { language, logRetentionDays, publishTo } = answers;

    const preflight = new Preflight(this, 'Preflight', {
      logRetentionDays,
      findingFormat: answers.findingFormat,
      enableSecurityHub: answers.enableSecurityHub.value,
      answers: answers.all,
    });
    const services = new EnableServices(this, 'EnableServices', {
      logRetentionDays,
      config: answers.enableConfig,
      securityHub: answers.enableSecurityHub,
      securityHubStandards: answers.securityHubStandards,
      guardDuty: answers.enableGuardDuty,
    });
    services.node.addDependency(preflight.passed);

    const key = new CustomerKey(this, 'CustomerKey');
    const network = new NetworkAccess(this, 'NetworkAccess', {
      vpcId: answers.vpcId,
      subnetIds: answers.subnetIds,
      interfaceEndpoints: answers.interfaceEndpoints,
      mappingFile: answers.mappingFile.given,
    });
    const surroundings = { network, key, logRetentionDays };

    const repository = new AttackRepository(this, 'AttackRepository', {
      ...surroundings,
      instanceClass: answers.databaseClass,
      storage: answers.databaseStorage,
      multiAz: answers.multiAz,
      deletionProtection: answers.deletionProtection,
      backupRetentionDays: answers.backupRetentionDays,
    });
    const loader = new RepositoryLoader(this, 'RepositoryLoader', {
      ...surroundings,
      repository,
      mappingFile: answers.mappingFile,
    });

    const intake = new FindingIntake(this, 'FindingIntake', { key, v2: answers.v2, owner: publishTo.owner });
    const enrichFinding = new EnrichFinding(this, 'EnrichFinding', {
      ...surroundings,
      repository,
      language,
      publishTo,
      queue: intake.findings,
      maximumConcurrency: answers.maximumConcurrency,
    });
    const workflowChange = new WorkflowChange(this, 'WorkflowChange', {
      ...surroundings,
      repository,
      queue: intake.ownFindings,
    });
    const rollUpTactics = new RollUpTactics(this, 'RollUpTactics', { ...surroundings, repository, language });
    const reconcile = new Reconcile(this, 'Reconcile', {
      ...surroundings,
      repository,
      language,
      publishTo,
      interfaceEndpoints: answers.interfaceEndpoints,
    });
    const attackMatrix = new AttackMatrix(this, 'AttackMatrix', { ...surroundings, repository, language });
    const remediation = new Remediation(this, 'Remediation', {
      ...surroundings,
      repository,
      configuration: answers.remediation,
    });
    // Events wait in their queues until the database is ready.
    const functions = [enrichFinding, workflowChange, rollUpTactics, reconcile, attackMatrix, remediation];
    for (const reader of functions) reader.node.addDependency(loader);

    const runbook = `${props.documentation ?? 'docs'}/runbook.md`;
    const alarms = new Alarms(this, 'Alarms', {
      key,
      runbook,
      email: answers.alarmEmail,
      owner: publishTo.owner,
      repository,
      findings: intake.findings,
      ownFindings: intake.ownFindings,
      enrichFinding: enrichFinding.function,
      workflowChange: workflowChange.function,
      rollUpTactics: rollUpTactics.function,
      reconcile: reconcile.function,
      remediation,
      remediationWanted: answers.remediation.given,
    });

    const dashboard = new Dashboard(this, 'AttackDashboard', {
      attackMatrix: attackMatrix.function,
      enrichFinding: enrichFinding.function,
      findings: intake.findings,
      repository,
    });
    const insights = new Insights(this, 'Insights');

    // Nothing is made before it is known that the product can work here.
    for (const part of [key, network, repository, loader, intake, ...functions, alarms, dashboard, insights]) {
      part.node.addDependency(preflight.passed, services.done);
    }

    tagForTheLaunchRole(this);

    this.output('Dashboard', 'ATT&CK matrix, trends and health, in CloudWatch', dashboardLink(dashboard.name));
    this.output('TacticFindings', 'Tactics that hurt now, in Security Hub', ownFindingsLink('tactic/'));
    this.output('TechniqueFindings', 'Technique findings, in Security Hub', ownFindingsLink('technique/'));
    this.output(
      'DeadLetterQueue',
      'Findings that could not be enriched, in SQS',
      queueLink(intake.findings.deadLetters),
    );
    this.output(
      'OwnFindingsDeadLetterQueue',
      'Changes to our own findings that could not be noted, in SQS',
      queueLink(intake.ownFindings.deadLetters),
    );
    const { given } = answers.remediation;
    this.output('RemediationUrl', 'What vsoc remediation calls (VSOC_REMEDIATION_URL)', remediation.url, given);
    this.output(
      'RemediationApproverPolicy',
      'IAM policy for those who may approve and undo',
      remediation.approverPolicy.managedPolicyArn,
      given,
    );
    this.output('RemediationBus', 'Event bus that tells of remediation', remediation.bus.eventBusName, given);
    this.output(
      'RemediationDeadLetterQueues',
      'Findings that remediation could not take up, in SQS',
      Fn.join(
        '\n',
        remediation.cases.map(({ queue }) => queueLink(queue.deadLetters)),
      ),
      given,
    );
    this.output('Runbook', 'What to do when an alarm comes', runbook);
    this.output('AlarmTopic', 'Topic that the alarms are sent to', alarms.topic.topicArn);
    this.output('PreflightFacts', 'What the preflight has found', preflight.facts);
    this.output('PreflightWarnings', 'What may not be as you expect', preflight.warnings);
    this.output('EnabledServices', 'Services turned on', services.summary, services.wanted);
  }

  private output(name: string, description: string, value: string, condition?: CfnCondition): void {
    new CfnOutput(this, name, { description, value, ...(condition === undefined ? {} : { condition }) });
  }
}

function ownFindingsLink(kind: string): string {
  return findingsLink({ region: Aws.REGION }, [
    ['GeneratorId', 'PREFIX', `${OWN_GENERATOR_PREFIX}${kind}`],
    ['RecordState', 'EQUALS', 'ACTIVE'],
  ]);
}

function dashboardLink(name: string): string {
  return `${consoleOf({ region: Aws.REGION })}/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${name}`;
}

/** The queue in the console, which names it by its URL, encoded. */
function queueLink({ queueName }: IQueue): string {
  const slash = encodeURIComponent('/');
  const host = `sqs.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  const url = [`${encodeURIComponent('https://')}${host}`, Aws.ACCOUNT_ID, queueName].join(slash);
  return `${consoleOf({ region: Aws.REGION })}/sqs/v3/home?region=${Aws.REGION}#/queues/${url}`;
}
