import { Aws, type CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, Schedule, type CfnRule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { OWN_GENERATOR_PREFIX } from '../lambda/core/security-hub-target.ts';
import type { AttackRepository } from './attack-repository.ts';
import { CONSUMER_TIMEOUT, EventQueue, IMPORTED } from './finding-intake.ts';
import { writeNotes } from './finding-notes.ts';
import { type FunctionSurroundings, IAM_PATH, VirtualSocFunction } from './function.ts';
import { onlyIf } from './only-if.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { HUB } from './security-hub.ts';

/** Path of the roles that may remediate. The members' roles trust whatever is below it in the hub account. */
export const REMEDIATOR_PATH = `${IAM_PATH}remediator/`;

/** The role in each account that remediation acts with. */
export const REMEDIATE_ROLE_NAME = 'virtual-soc-remediate';

/** Id of the custom action by which an analyst asks. CloudFormation has no resource for it; docs/remediation.md has the command. */
export const CUSTOM_ACTION_ID = 'VirtualSocRemediate';

/** Messages of a batch: each may read and change several resources in another account. */
const BATCH_SIZE = 5;

/** Batches at a time. A storm waits here, and the configuration's limits stop it besides. */
const CONCURRENCY = 2;

/** Below the 20 minutes after which a change that was begun counts as cut off. */
const SETTLE_TIMEOUT = Duration.minutes(10);

/** The configuration of remediation, as one object in S3. */
export interface RemediationConfiguration {
  /** `s3://<bucket>/<key>`, or empty. */
  readonly uri: string;
  /** Whether there is one, and with it remediation. */
  readonly given: CfnCondition;
}

export interface RemediationProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  readonly configuration: RemediationConfiguration;
}

/**
 * Remediation, where a configuration for it is given: our technique findings, and analysts who ask, to a queue and a function that acts
 * through a role of the member account; a function behind a URL that people approve and undo through; an event bus that tells of it.
 */
export class Remediation extends Construct {
  readonly queue: EventQueue;
  readonly remediate: VirtualSocFunction;
  readonly settle: VirtualSocFunction;
  /** What `vsoc remediation` calls, with IAM authentication. */
  readonly url: string;
  /** Tells what was planned, done and undone. */
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: RemediationProps) {
    super(scope, id);
    const { configuration, repository, key } = props;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `${Aws.STACK_NAME}-remediation`,
      description: 'Virtual SOC: what remediation has planned, done and undone',
    });
    this.queue = new EventQueue(this, 'Findings', {
      key,
      name: 'remediation',
      description: 'Virtual SOC: technique findings that may be remediated',
      pattern: IMPORTED,
    });
    // CDK's type knows no `$or`.
    (this.queue.rule.node.defaultChild as CfnRule).eventPattern = remediationPattern(Stack.of(this));

    const make = (functionId: string, name: string, description: string, timeout: Duration) => {
      const made = new VirtualSocFunction(this, functionId, {
        ...props,
        name,
        description,
        timeout,
        memorySize: 512,
        environment: { ...HUB, REMEDIATION_CONFIGURATION: configuration.uri, REMEDIATION_BUS: this.bus.eventBusName },
        rolePath: REMEDIATOR_PATH,
      });
      repository.grantConnect(made, FUNCTION_LOGIN);
      made.allow(...remediatorStatements(configuration, this.bus.eventBusArn));
      return made;
    };
    this.remediate = make(
      'Remediate',
      'remediate',
      'plans, asks for or makes changes that findings call for',
      CONSUMER_TIMEOUT,
    );
    this.queue.feed(this.remediate, CONCURRENCY, BATCH_SIZE);
    const control = make('Control', 'remediation-control', 'lets people list, approve and undo', Duration.minutes(2));
    // Whoever may call it is up to the policies of the account; nobody outside of it.
    this.url = new FunctionUrl(this, 'Url', { function: control.lambda, authType: FunctionUrlAuthType.AWS_IAM }).url;
    this.settle = make('Settle', 'settle-remediation', 'settles what was cut off or has expired', SETTLE_TIMEOUT);
    new Rule(this, 'EveryHour', {
      description: 'Virtual SOC: settles remediation',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.settle.lambda)],
    });
    onlyIf(configuration.given, this);
  }
}

/**
 * Technique findings as they are imported, wherever they are written, and those that an analyst picks for the custom action. Not
 * by product: whoever imports a finding that only looks like ours is to be noticed, and is believed nothing.
 */
export function remediationPattern(stack: Stack): object {
  const findings = {
    GeneratorId: [{ prefix: `${OWN_GENERATOR_PREFIX}technique/` }],
    RecordState: ['ACTIVE'],
    Workflow: { Status: ['NEW', 'NOTIFIED'] },
  };
  const customAction = stack.formatArn({
    service: 'securityhub',
    resource: 'action',
    resourceName: `custom/${CUSTOM_ACTION_ID}`,
  });
  return {
    source: IMPORTED.source,
    detail: { findings },
    $or: [
      { 'detail-type': IMPORTED.detailType },
      { 'detail-type': ['Security Hub Findings - Custom Action'], resources: [customAction] },
    ],
  };
}

function remediatorStatements({ uri }: RemediationConfiguration, busArn: string): PolicyStatement[] {
  return [
    remediateRoles(),
    new PolicyStatement({
      sid: 'Configuration',
      actions: ['s3:GetObject'],
      // The URI without `s3://`. The parameter admits no `*` or `?`, so this is one object.
      resources: [`arn:${Aws.PARTITION}:s3:::${Fn.join('', Fn.split('s3://', uri))}`],
      conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
    }),
    new PolicyStatement({ sid: 'Tell', actions: ['events:PutEvents'], resources: [busArn] }),
    writeNotes(),
    new PolicyStatement({
      sid: 'UnitsOfAccounts',
      actions: ['organizations:ListParents'],
      // Ids of the organisation are not known here, and reading is all that it is.
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
    }),
  ];
}

/** The remediation role of every account of the caller's organisation, to be taken with a source that CloudTrail names. */
export function remediateRoles(): PolicyStatement {
  return new PolicyStatement({
    sid: 'RemediationRoles',
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    resources: [`arn:${Aws.PARTITION}:iam::*:role${IAM_PATH}${REMEDIATE_ROLE_NAME}`],
    conditions: { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } },
  });
}
