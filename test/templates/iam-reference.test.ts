import assert from 'node:assert/strict';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { canBe, fits } from './arn-pattern.ts';
import {
  type AuthorizationReference,
  readAuthorizationReference,
  type ReferenceAction,
} from './authorization-reference.ts';
import { assertExplained, assertNoneSuperfluous, type Finding } from './explained-findings.ts';
import { policyFindingsOf, referenceFindings } from './iam-reference.ts';
import type { Statement } from './policies.ts';
import { written, writtenStatements } from './policy-statements.ts';
import { sessionStatements, STEPS } from './session-policies.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Template } from './template.ts';

describe("the policies of every template and session, held against AWS's reference", () => {
  let findings: Finding[];

  before(async function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    const templates = synthesisedTemplates();
    const sessions = ACTIONS.flatMap((action) =>
      STEPS.map((step) => ({ name: action.id, statements: sessionStatements(action, step) })),
    );
    const statements = [
      ...templates.flatMap(({ template }) => writtenStatements(template)),
      ...sessions.flatMap(({ statements }) => statements),
    ];
    const reference = await readAuthorizationReference(statements.flatMap(({ actions }) => actions));
    findings = [
      ...templates.flatMap(({ name, template }) => referenceFindings(name, template, reference)),
      ...sessions.flatMap(({ name, statements }) => policyFindingsOf(name, statements, reference)),
    ];
  });

  it('name actions that there are, on resources and conditions that they know, but as explained', () => {
    assertExplained(findings);
  });

  it('still do everything that is explained', () => {
    assertNoneSuperfluous('iam-reference', findings);
  });
});

const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:queue';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:topic';

const action = (name: string, more: Partial<ReferenceAction> = {}): ReferenceAction => ({
  name,
  resources: [],
  conditionKeys: [],
  ...more,
});
const type = (name: string, arn: string, required = true, conditionKeys: readonly string[] = []) => ({
  name,
  arn,
  required,
  conditionKeys,
});
const QUEUES = type('queue', 'arn:${Partition}:sqs:${Region}:${Account}:${QueueName}', true, [
  'aws:ResourceTag/${TagKey}',
]);
const TOPICS = type('topic', 'arn:${Partition}:sns:${Region}:${Account}:${TopicName}', false);

/** A small reference in which every case occurs. */
const KNOWN = [
  action('sqs:SendMessage', { resources: [QUEUES], conditionKeys: ['sqs:Kind'] }),
  action('sqs:ListQueues'),
  action('sns:Publish', { resources: [TOPICS] }),
  action('sqs:Connect', {
    resources: [QUEUES, TOPICS, type('vpc', 'arn:${Partition}:ec2:${Region}:${Account}:vpc/${VpcId}')],
  }),
];
const REFERENCE: AuthorizationReference = {
  actionsLike: (pattern) => KNOWN.filter(({ name }) => fits(name, pattern)),
};

describe('policyFindingsOf', () => {
  const rulesOf = (...statements: Omit<Statement, 'Effect'>[]) =>
    policyFindingsOf(
      'Stack',
      statements.map((statement) => written('Policy', true, { Effect: 'Allow', ...statement })),
      REFERENCE,
    ).map(({ rule }) => rule);

  it('holds nothing against an action on what it knows', () => {
    assert.deepEqual(rulesOf({ Action: 'sqs:SendMessage', Resource: QUEUE }), []);
    assert.deepEqual(rulesOf({ Action: 'SQS:sendmessage', Resource: 'arn:aws:sqs:*:111122223333:our-*' }), []);
    assert.deepEqual(rulesOf({ Action: 'sqs:ListQueues', Resource: '*' }), []);
    assert.deepEqual(rulesOf({ Action: ['sqs:SendMessage', 'sns:Publish'], Resource: [QUEUE, TOPIC] }), []);
  });

  it('names an action, and a wildcard, that stands for none', () => {
    assert.deepEqual(rulesOf({ Action: ['sqs:SendMesage', 'sqs:Purge*', 'sqs:Send*'], Resource: QUEUE }), [
      'no-such-action sqs:SendMesage',
      'no-such-action sqs:Purge*',
    ]);
  });

  it('names an action that knows no resource, where it is allowed on one', () => {
    assert.deepEqual(rulesOf({ Action: ['sqs:ListQueues', 'sqs:SendMessage'], Resource: QUEUE }), [
      'action-without-resource sqs:ListQueues',
    ]);
  });

  it('names an action and a resource that none of the others fits', () => {
    assert.deepEqual(rulesOf({ Action: ['sqs:SendMessage', 'sns:Publish'], Resource: QUEUE }), [
      'action-of-no-resource sns:Publish',
    ]);
    assert.deepEqual(rulesOf({ Action: 'sqs:SendMessage', Resource: [QUEUE, TOPIC] }), [
      `resource-of-no-action ${TOPIC}`,
    ]);
  });

  it('names a resource that every call is on, and that no statement of the principal covers', () => {
    const onQueue = { Action: 'sqs:Connect', Resource: QUEUE };

    assert.deepEqual(rulesOf(onQueue), ['resource-missing sqs:Connect vpc']);
    assert.deepEqual(rulesOf(onQueue, { Action: 'sqs:Con*', Resource: 'arn:aws:ec2:*:*:vpc/*' }), []);
  });

  it('names a condition that is never met, as the action does not know its key', () => {
    const under = (Condition: Statement['Condition']) =>
      rulesOf({ Action: 'sqs:SendMessage', Resource: QUEUE, ...(Condition && { Condition }) });

    assert.deepEqual(under({ StringEquals: { 'sqs:Sort': 'x', 'sqs:kind': 'x' } }), [
      'unknown-condition sqs:SendMessage StringEquals sqs:Sort',
    ]);
    assert.deepEqual(under({ StringLike: { 'aws:ResourceTag/team': 'soc', 'aws:PrincipalTag/team': 'soc' } }), []);
    assert.deepEqual(under({ StringEquals: { 'aws:SourceIdentity': 'x', 'aws:RequestTag/team': 'soc' } }), [
      'unknown-condition sqs:SendMessage StringEquals aws:RequestTag/team',
    ]);
  });

  it('names an action that could be on a resource and is on every one, unless it is denied', () => {
    const everywhere = { Action: ['sqs:SendMessage', 'sqs:ListQueues'], Resource: '*' };

    assert.deepEqual(rulesOf(everywhere), ['any-resource sqs:SendMessage']);
    assert.deepEqual(
      policyFindingsOf('Stack', [written('Policy', true, { Effect: 'Deny', ...everywhere })], REFERENCE),
      [],
    );
  });
});

describe('referenceFindings', () => {
  const found = (Resources: Template['Resources']) =>
    referenceFindings('Stack', { Resources }, REFERENCE).map(({ rule, logicalId }) => `${logicalId}: ${rule}`);
  const policy = (Resource: unknown, more: Record<string, unknown> = {}, Action = 'sqs:Connect') => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: { Statement: { Effect: 'Allow', Action, Resource } }, ...more },
  });
  const ROLE = {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Action: 'sqs:SendMessage' } } },
  };
  const VPC = { 'Fn::Sub': 'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc/${Vpc}' };

  it('knows what references stand for', () => {
    const resources = { Queue: { Type: 'AWS::SQS::Queue' }, Topic: { Type: 'AWS::SNS::Topic' } };
    const send = (Resource: unknown) => found({ ...resources, Policy: policy(Resource, {}, 'sqs:SendMessage') });

    assert.deepEqual(send({ 'Fn::GetAtt': ['Queue', 'Arn'] }), []);
    assert.deepEqual(send({ Ref: 'Topic' }), [
      'Policy: action-of-no-resource sqs:SendMessage',
      'Policy: resource-of-no-action arn:aws:sns:eu-west-1:111122223333:*',
      'Policy: resource-missing sqs:SendMessage queue',
    ]);
    assert.deepEqual(send({ 'Fn::If': ['Wanted', { Ref: 'AWS::NoValue' }, { Ref: 'Answer' }] }), []);
  });

  it('takes together what one role has', () => {
    const Roles = [{ Ref: 'Role' }];

    assert.deepEqual(found({ Role: ROLE, One: policy(QUEUE, { Roles }), Other: policy(VPC, { Roles }) }), []);
    assert.deepEqual(found({ Role: ROLE, One: policy(QUEUE, { Roles }), Other: policy(VPC) }), [
      'One: resource-missing sqs:Connect vpc',
      'Other: resource-missing sqs:Connect queue',
    ]);
  });
});

describe('readAuthorizationReference', () => {
  it('knows the actions, resources and keys of a service, in any case', async () => {
    const reference = await readAuthorizationReference(['ec2:ModifySnapshotAttribute', 'nothing:Here']);
    const [found] = reference.actionsLike('EC2:modifysnapshotattribute');

    assert.equal(found?.name, 'ec2:ModifySnapshotAttribute');
    assert.deepEqual(
      found.resources.map(({ arn, required }) => [arn, required]),
      [['arn:${Partition}:ec2:${Region}::snapshot/${SnapshotId}', true]],
    );
    assert.ok(found.resources[0]?.conditionKeys.includes('ec2:Remove/group'));
    assert.deepEqual(reference.actionsLike('nothing:Here'), []);
  });

  it('knows that documents of AWS have no account', async () => {
    const reference = await readAuthorizationReference(['ssm:StartAutomationExecution']);
    const types = reference.actionsLike('ssm:StartAutomationExecution').flatMap(({ resources }) => resources);

    const named = (resource: string) => types.filter(({ arn }) => canBe(resource, arn)).map(({ name }) => name);

    assert.deepEqual(named('arn:aws:ssm:*::document/AWS-ConfigureS3BucketVersioning'), ['document']);
    assert.deepEqual(named('arn:aws:ssm:*::automation-execution/*'), []);
  });
});
