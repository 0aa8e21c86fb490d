import assert from 'node:assert/strict';
import { STALE_CATALOGUE_DAYS } from '../../products/alarms.ts';
import { resourcesOf, statementsOf, synthesis, SYNTHESIS_TIMEOUT, type Synthesis } from '../portfolio/synthesis.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_BYTES = 1_048_576;
const MOST_RESOURCES = 500;
const MOST_PARAMETERS = 200;
const MOST_OUTPUTS = 200;

/** What a person has to answer. */
const MOST_QUESTIONS = 6;

/** Resources that hold something: a changed id is a new, empty one in place of the old. */
const STATEFUL = {
  'AWS::KMS::Key': ['CustomerKey844A1305'],
  'AWS::RDS::DBInstance': ['AttackRepositoryInstanceD5F1C42F'],
  'AWS::RDS::DBSubnetGroup': ['AttackRepositorySubnets43C541FC'],
  'AWS::SQS::Queue': [
    'FindingIntakeFindingsDeadLetters652C5AD0',
    'FindingIntakeFindingsQueue9F312A97',
    'FindingIntakeOwnFindingsDeadLettersF1E426CE',
    'FindingIntakeOwnFindingsQueue90288651',
    'RemediationCredentialAccessFindingsDeadLetters9DA2CDF3',
    'RemediationCredentialAccessFindingsQueue6BED48E8',
    'RemediationDefenseImpairmentFindingsDeadLetters387703E7',
    'RemediationDefenseImpairmentFindingsQueue7FF37C27',
    'RemediationExposureFindingsDeadLetters03CDD8DF',
    'RemediationExposureFindingsQueue9E3D8E7B',
    'RemediationImpactFindingsDeadLettersAA34A184',
    'RemediationImpactFindingsQueue85B9536F',
    'RemediationPrivilegeEscalationFindingsDeadLetters7292A09A',
    'RemediationPrivilegeEscalationFindingsQueueB34226DE',
  ],
  'AWS::S3::Bucket': ['EnableServicesConfigHistory79D86A78'],
  'AWS::SNS::Topic': ['AlarmsTopic3A2DFEBA'],
};

/** What names the source of a service's call; CloudWatch Logs names the log group in the encryption context instead. */
const SOURCE_KEYS = ['aws:SourceAccount', 'aws:SourceArn', 'kms:EncryptionContext:aws:logs:arn'];

/**
 * AWS does not say that Lambda names a source when it takes the role of a function, which can be passed to a function of its
 * own account only. See products/function.ts.
 */
const WITHOUT_SOURCE = ['sts:AssumeRole by lambda.amazonaws.com'];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const MOST_OF_A_DESCRIPTION = 1024;

/** As the example configuration has it. */
const RUNBOOK = 'https://git.example.com/security/virtual-soc/blob/main/docs/runbook.md';

/** An output, as it is in an account; a queue is called like its resource. */
function filledIn(value: unknown): string {
  const [, parts] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  const pseudo: Record<string, string> = {
    'AWS::Region': 'eu-west-1',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::AccountId': '444455556666',
  };
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const { Ref: ref = '', 'Fn::GetAtt': [resource] = [] } = part as { Ref?: string; 'Fn::GetAtt'?: string[] };
      return pseudo[ref] ?? resource;
    })
    .join('');
}

describe('the product', () => {
  let synthesised: Synthesis;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    synthesised = synthesis();
  });

  it('is within the limits of CloudFormation and Service Catalog', () => {
    const { product, productBytes } = synthesised;

    assert.ok(productBytes < MOST_BYTES / 2, `${productBytes} of ${MOST_BYTES} bytes`);
    for (const [section, most] of [
      ['Resources', MOST_RESOURCES],
      ['Parameters', MOST_PARAMETERS],
      ['Outputs', MOST_OUTPUTS],
    ] as const) {
      const count = Object.keys(product[section]).length;
      assert.ok(count < most / 2, `${count} of ${most} ${section}`);
    }
  });

  it('asks at most six questions that have no answer yet', () => {
    const open = Object.entries(synthesised.product.Parameters).filter(([, { Default }]) => Default === undefined);

    assert.ok(open.length <= MOST_QUESTIONS);
    assert.deepEqual(
      open.map(([name]) => name),
      ['VpcId', 'FirstSubnetId', 'SecondSubnetId', 'AlarmEmail'],
    );
  });

  it('groups and labels every parameter', () => {
    const { ParameterGroups, ParameterLabels } = synthesised.product.Metadata['AWS::CloudFormation::Interface'] as {
      ParameterGroups: { Parameters: string[] }[];
      ParameterLabels: Record<string, unknown>;
    };
    const names = Object.keys(synthesised.product.Parameters);

    assert.deepEqual(
      ParameterGroups.flatMap(({ Parameters }) => Parameters),
      names,
    );
    assert.deepEqual(Object.keys(ParameterLabels), names);
  });

  it('refuses subnets of another VPC or of one zone before anything is created', () => {
    const asserted = JSON.stringify(synthesised.product.Rules);

    assert.match(asserted, /"Fn::ValueOf":\["FirstSubnetId","VpcId"\]/);
    assert.match(asserted, /"Fn::ValueOf":\["SecondSubnetId","VpcId"\]/);
    assert.match(asserted, /"Fn::Not":\[\{"Fn::Equals":\[\{"Fn::ValueOf":\["FirstSubnetId","AvailabilityZone"\]/);
  });

  it('refuses standards without the Security Hub that they come with, and standards that nobody enriches', () => {
    const { StandardsComeWithSecurityHub, FindingsComeOnce } = synthesised.product.Rules;

    assert.deepEqual(StandardsComeWithSecurityHub?.Assertions[0]?.Assert, {
      'Fn::Equals': [{ Ref: 'EnableSecurityHub' }, 'yes'],
    });
    assert.deepEqual(FindingsComeOnce?.Assertions[0]?.Assert, {
      'Fn::Equals': [{ Ref: 'SecurityHubStandards' }, 'no'],
    });
  });

  it('writes technique findings in the hub unless it is told otherwise', () => {
    assert.equal(synthesised.product.Parameters['PublishTo']?.Default, 'hub');
  });

  it('refuses to write for owners by interface endpoints, which lead to the hub only', () => {
    const { OwnersAreReachedThroughNat: rule } = synthesised.product.Rules;

    assert.deepEqual(rule, {
      RuleCondition: { 'Fn::Equals': [{ Ref: 'PublishTo' }, 'owner'] },
      Assertions: [
        {
          Assert: { 'Fn::Equals': [{ Ref: 'InterfaceEndpoints' }, 'no'] },
          AssertDescription:
            'PublishTo owner calls STS, and Security Hub in other Regions, through NAT: answer no to InterfaceEndpoints',
        },
      ],
    });
  });

  it('takes the URI of one object in S3 as a mapping file, or none', () => {
    const { AllowedPattern = '' } = synthesised.product.Parameters['MappingFileUri'] as { AllowedPattern?: string };
    const allowed = new RegExp(`^(?:${AllowedPattern})$`);

    for (const uri of ['', 's3://soc-mappings/mappings.yaml', 's3://a.b-c/virtual-soc/v2/our_mappings.json'])
      assert.match(uri, allowed);
    for (const uri of ['mappings.yaml', 's3://soc-mappings', 's3://soc-mappings/', 's3://soc-mappings/*', 's3://b/k?'])
      assert.doesNotMatch(uri, allowed);
  });

  it('keeps the names of what holds something', () => {
    for (const [type, ids] of Object.entries(STATEFUL)) {
      const found = resourcesOf(synthesised.product, type).map(([id]) => id);
      assert.deepEqual(found.sort(), ids, type);
    }
  });

  it('admits no service without naming the account or the resource that it acts for', () => {
    const unnamed = [synthesised.product, synthesised.portfolio]
      .flatMap(statementsOf)
      .filter(
        ([, { Effect, Principal }]) => Effect === 'Allow' && typeof Principal === 'object' && 'Service' in Principal,
      )
      .filter(
        ([, { Condition = {} }]) => !Object.values(Condition).some((test) => SOURCE_KEYS.some((key) => key in test)),
      )
      .map(
        ([, { Action, Principal }]) => `${String(Action)} by ${String((Principal as { Service: unknown }).Service)}`,
      );
    const permissions = resourcesOf(synthesised.product, 'AWS::Lambda::Permission');

    assert.deepEqual([...new Set(unnamed)], WITHOUT_SOURCE);
    for (const [id, { Properties }] of permissions) assert.ok(Properties['SourceArn'], id);
  });

  it('makes interface endpoints on request only, and leaves names in the VPC as they are', () => {
    const endpoints = resourcesOf(synthesised.product, 'AWS::EC2::VPCEndpoint');

    assert.deepEqual(
      endpoints.map(([, { Condition }]) => Condition),
      ['InterfaceEndpointsWanted', 'InterfaceEndpointsWanted', 'NetworkAccessS3EndpointWanted94BE8893'],
    );
    for (const [id, { Properties }] of endpoints) {
      assert.equal(Properties['PrivateDnsEnabled'], false, id);
    }
  });

  it('watches owners only where technique findings are written for them', () => {
    const conditional = resourcesOf(synthesised.product, 'AWS::CloudWatch::Alarm').filter(
      ([, { Condition }]) => Condition !== undefined && Condition !== 'RemediationWanted',
    );

    assert.deepEqual(
      conditional.map(([, { Condition, Properties }]) => [Condition, Properties['MetricName']]),
      [
        ['PublishToOwner', 'OwnersRefusing'],
        ['PublishToOwner', 'OwnersNotAnswering'],
      ],
    );
  });

  it('tells people by e-mail what remediation has done and how to undo it, of what waits for them, and nothing of what it only plans', () => {
    const [[, rule] = []] = resourcesOf(synthesised.product, 'AWS::Events::Rule').filter(([id]) =>
      id.startsWith('AlarmsRemediationTold'),
    );

    assert.equal(rule?.Condition, 'RemediationWanted');
    assert.deepEqual(rule.Properties['EventPattern'], {
      source: ['virtual-soc'],
      detail: {
        kind: ['request', 'application', 'failure', 'undo', 'expiry', 'stop', 'alert'],
        planOnly: [false],
      },
    });
    const [target] = rule.Properties['Targets'] as { InputTransformer: unknown }[];
    assert.deepEqual(target?.InputTransformer, {
      InputPathsMap: { 'detail-message': '$.detail.message' },
      InputTemplate: '"<detail-message>"',
    });
  });

  it('watches the age of the catalogue as reconcile counts it, and keeps what it knew on a day without it', () => {
    const stale = resourcesOf(synthesised.product, 'AWS::CloudWatch::Alarm').filter(
      ([, { Properties }]) => Properties['MetricName'] === 'AttackReleaseAge',
    );

    assert.deepEqual(
      stale.map(([, { Properties }]) => [
        Properties['Namespace'],
        Properties['Dimensions'],
        Properties['Statistic'],
        Properties['ComparisonOperator'],
        Properties['Threshold'],
        Properties['TreatMissingData'],
      ]),
      [
        [
          'VirtualSOC',
          [{ Name: 'service', Value: 'reconcile' }],
          'Maximum',
          'GreaterThanThreshold',
          STALE_CATALOGUE_DAYS,
          'ignore',
        ],
      ],
    );
  });

  it('sends every alarm to the topic, with the article of the runbook that says what to do', () => {
    const alarms = resourcesOf(synthesised.product, 'AWS::CloudWatch::Alarm');

    assert.ok(alarms.length >= 15);
    for (const [id, { Properties }] of alarms) {
      const description = Properties['AlarmDescription'] as string;
      const [, what = '', link = ''] = /^(.+)\. What to do: (.+)#[a-z-]+$/.exec(description) ?? [];
      assert.deepEqual(Properties['AlarmActions'], [{ Ref: 'AlarmsTopic3A2DFEBA' }], id);
      assert.match(what, /^[A-Z]/, id);
      assert.equal(link, RUNBOOK, id);
      assert.ok(description.length <= MOST_OF_A_DESCRIPTION, id);
    }
  });

  it('links to the findings, what was left behind, and the runbook', () => {
    const outputs = synthesised.product.Outputs as Record<string, { Value: unknown }>;
    const [tactics, techniques, dead, ownDead] = [
      'TacticFindings',
      'TechniqueFindings',
      'DeadLetterQueue',
      'OwnFindingsDeadLetterQueue',
    ].map((name) => filledIn(outputs[name]?.Value));

    assert.match(tactics ?? '', /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/securityhub\/.+virtual-soc%25/);
    assert.match(techniques ?? '', /securityhub\/home\?region=eu-west-1#\/findings\?search=GeneratorId.+technique/);
    const queues =
      'https://eu-west-1.console.aws.amazon.com/sqs/v3/home?region=eu-west-1#/queues/https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F444455556666%2F';
    assert.equal(dead, `${queues}FindingIntakeFindingsDeadLetters652C5AD0`);
    assert.equal(ownDead, `${queues}FindingIntakeOwnFindingsDeadLettersF1E426CE`);
    assert.equal(outputs['Runbook']?.Value, RUNBOOK);
  });
});
