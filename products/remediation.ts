import { Aws, type CfnCondition, Duration, Fn, Stack } from 'aws-cdk-lib';
import { EventBus, Rule, Schedule, type CfnRule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { memberRoleArn, REMEDIATE_ROLE, REMEDIATOR_PATH, ROLE_PATH } from '../lambda/core/member-role.ts';
import { OWN_GENERATOR_PREFIX } from '../lambda/core/security-hub-target.ts';
import { ACTIONS } from '../lambda/remediation/actions.ts';
import { actionsOf, type Case, CASES, techniquesOf } from '../lambda/remediation/case.ts';
import { IDENTITY_CENTER_PATH } from '../lambda/remediation/person.ts';
import type { AttackRepository } from './attack-repository.ts';
import { CONSUMER_TIMEOUT, EventQueue, IMPORTED } from './finding-intake.ts';
import { writeNotes } from './finding-notes.ts';
import { type FunctionSurroundings, VirtualSocFunction, type VirtualSocFunctionProps } from './function.ts';
import { onlyIf } from './only-if.ts';
import { FUNCTION_LOGIN } from './repository-loader.ts';
import { HUB } from './security-hub.ts';

/** Id of the custom action by which an analyst asks. CloudFormation has no resource for it; docs/remediation.md has the command. */
export const CUSTOM_ACTION_ID = 'VirtualSocRemediate';

/** Messages of a batch: each may read and change several resources in another account. */
const BATCH_SIZE = 5;

/** Batches at a time. A storm waits here, and the configuration's limits stop it besides. */
const CONCURRENCY = 2;

/**
 * Short, since Service Catalog's name of the stack comes first, and EventBridge takes 64 letters.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
const RULE_NAMES: Readonly<Record<Case, string>> = {
  'credential-access': 'fix-credentials',
  impact: 'fix-impact',
  'privilege-escalation': 'fix-privileges',
  exposure: 'fix-exposure',
  'defense-impairment': 'fix-defenses',
};

/** Below the 20 minutes after which a change that was begun counts as cut off. */
const SETTLE_TIMEOUT = Duration.minutes(10);

/** The configuration of remediation, as one object in S3. */
export interface RemediationConfiguration {
  /** `s3://<bucket>/<key>`, or empty. */
  readonly uri: string;
  /** Whether there is one, and with it remediation. */
  readonly given: CfnCondition;
}

/** One case: the queue of its findings, and the function that takes them up. */
export interface RemediationCase {
  readonly name: Case;
  readonly queue: EventQueue;
  readonly remediate: VirtualSocFunction;
}

export interface RemediationProps extends FunctionSurroundings {
  readonly repository: AttackRepository;
  readonly configuration: RemediationConfiguration;
}

/**
 * Remediation, where a configuration for it is given: our technique findings, and analysts who ask, to a queue and a function for each
 * case, which act through a role of the member account; a function behind a URL that people approve and undo through; an event
 * bus that tells of it.
 */
export class Remediation extends Construct {
  readonly cases: readonly RemediationCase[];
  readonly control: VirtualSocFunction;
  readonly settle: VirtualSocFunction;
  /** What `vsoc remediation` calls, with IAM authentication. */
  readonly url: string;
  /** What people need to approve and undo. Attached to nobody. */
  readonly approverPolicy: ManagedPolicy;
  /** Tells what was planned, done and undone. */
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: RemediationProps) {
    super(scope, id);
    const { configuration, repository, key } = props;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `${Aws.STACK_NAME}-remediation`,
      description: 'Virtual SOC: what remediation has planned, done and undone',
    });

    const make = (place: Construct, functionId: string, own: OwnProps, ...allowed: readonly PolicyStatement[]) => {
      const { environment = {}, ...rest } = own;
      const made = new VirtualSocFunction(place, functionId, {
        ...props,
        ...rest,
        memorySize: 512,
        environment: {
          ...HUB,
          REMEDIATION_CONFIGURATION: configuration.uri,
          REMEDIATION_BUS: this.bus.eventBusName,
          ...environment,
        },
        rolePath: REMEDIATOR_PATH,
      });
      repository.grantConnect(made, FUNCTION_LOGIN);
      made.allow(remediateRoles(), tell(this.bus), writeNotes(), ...allowed);
      return made;
    };
    // By itself, since a resource out of a parameter is one that no checker can read, and it would not look at the rest either.
    const letReadConfiguration = (made: VirtualSocFunction) => {
      const policy = made.allowIf(configuration.given, 'Configuration', readConfiguration(configuration));
      made.lambda.node.addDependency(policy);
    };

    this.cases = CASES.map((name) => {
      const place = new Construct(this, pascalCase(name));
      const queue = new EventQueue(place, 'Findings', {
        key,
        name: RULE_NAMES[name],
        description: `Virtual SOC: technique findings that may be remediated, ${name}`,
        pattern: IMPORTED,
      });
      // CDK's type knows no `$or`.
      (queue.rule.node.defaultChild as CfnRule).eventPattern = remediationPattern(Stack.of(this), name);
      const remediate = make(
        place,
        'Remediate',
        {
          name: `remediate-${name}`,
          code: 'remediate',
          description: `plans, asks for or makes changes that findings call for: ${name}`,
          timeout: CONSUMER_TIMEOUT,
          environment: { REMEDIATION_CASE: name },
        },
        unitsOfAccounts(),
      );
      letReadConfiguration(remediate);
      queue.feed(remediate, CONCURRENCY, BATCH_SIZE);
      return { name, queue, remediate };
    });
    this.control = make(
      this,
      'Control',
      {
        name: 'remediation-control',
        description: 'lets people list, approve and undo',
        timeout: Duration.minutes(2),
      },
      unitsOfAccounts(),
      identityCenterRoles(),
    );
    letReadConfiguration(this.control);
    // Whoever may call it is up to the policies of the account; nobody outside of it.
    this.url = new FunctionUrl(this, 'Url', {
      function: this.control.lambda,
      authType: FunctionUrlAuthType.AWS_IAM,
    }).url;
    this.approverPolicy = new ManagedPolicy(this, 'Approver', {
      description: 'Virtual SOC: call remediation-control through its URL, and in no other way',
      path: ROLE_PATH,
      statements: callByUrl(this.control.lambda),
    });
    this.settle = make(this, 'Settle', {
      name: 'settle-remediation',
      description: 'settles what was cut off or has expired',
      timeout: SETTLE_TIMEOUT,
    });
    new Rule(this, 'EveryHour', {
      description: 'Virtual SOC: settles remediation',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.settle.lambda)],
    });
    onlyIf(configuration.given, this);
  }
}

type OwnProps = Pick<VirtualSocFunctionProps, 'name' | 'code' | 'description' | 'timeout'> & {
  readonly environment?: Readonly<Record<string, string>>;
};

/** `privilege-escalation` as part of a logical id. */
export function pascalCase(name: Case): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Technique findings of a case as they are imported, wherever they are written, and those that an analyst picks for the custom
 * action. Not by product: whoever imports a finding that only looks like ours is to be noticed, and is believed nothing.
 */
export function remediationPattern(stack: Stack, wanted: Case): object {
  const generators = techniquesOf(actionsOf(ACTIONS, wanted)).map((id) => `${OWN_GENERATOR_PREFIX}technique/${id}`);
  const findings = {
    GeneratorId: generators.flatMap((id) => [id, { prefix: `${id}.` }]),
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

function tell({ eventBusArn }: EventBus): PolicyStatement {
  return new PolicyStatement({ sid: 'Tell', actions: ['events:PutEvents'], resources: [eventBusArn] });
}

/**
 * To call a function through its URL and not directly: whoever may invoke it directly says in the event who they are. The two
 * actions and their conditions are those of https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
function callByUrl({ functionArn }: IFunction): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'CallTheUrl',
      actions: ['lambda:InvokeFunctionUrl'],
      resources: [functionArn],
      conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType.AWS_IAM } },
    }),
    new PolicyStatement({
      sid: 'NotTheFunction',
      actions: ['lambda:InvokeFunction'],
      resources: [functionArn],
      conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    }),
  ];
}

/** To look whether a role is one of IAM Identity Center; no other role can be looked at. */
function identityCenterRoles(): PolicyStatement {
  return new PolicyStatement({
    sid: 'IdentityCenterRoles',
    actions: ['iam:GetRole'],
    resources: [`arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${IDENTITY_CENTER_PATH}*`],
  });
}

function readConfiguration({ uri }: RemediationConfiguration): PolicyStatement {
  return new PolicyStatement({
    sid: 'Configuration',
    actions: ['s3:GetObject'],
    // The URI without `s3://`. The parameter admits no `*` or `?`, so this is one object.
    resources: [`arn:${Aws.PARTITION}:s3:::${Fn.join('', Fn.split('s3://', uri))}`],
    conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
  });
}

/**
 * Which units accounts of the caller's organisation are in. Accounts and units, the two that the action knows, belong to the
 * management account, whose id is not known here.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
 */
export function unitsOfAccounts(): PolicyStatement {
  return new PolicyStatement({
    sid: 'UnitsOfAccounts',
    actions: ['organizations:ListParents'],
    resources: [`arn:${Aws.PARTITION}:organizations::*:*/\${aws:PrincipalOrgID}/*`],
  });
}

/** The remediation role of every account of the caller's organisation, to be taken with a source that CloudTrail names. */
export function remediateRoles(): PolicyStatement {
  return new PolicyStatement({
    sid: 'RemediationRoles',
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    resources: [memberRoleArn(Aws.PARTITION, '*', REMEDIATE_ROLE)],
    conditions: { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } },
  });
}
