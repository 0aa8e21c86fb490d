import assert from 'node:assert/strict';
import { assertExplained, assertNoneSuperfluous, type Finding } from './explained-findings.ts';
import { policyFindings } from './policies.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Parameter, Resource } from './template.ts';

describe('the policies of every template', () => {
  let findings: Finding[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    findings = synthesisedTemplates().flatMap(({ name, template }) => policyFindings(name, template));
  });

  it('allow no wildcard and no service of anybody, and are not inline, but as explained', () => {
    assertExplained(findings);
  });

  it('still allow everything that is explained', () => {
    assertNoneSuperfluous('policies', findings);
  });
});

describe('policyFindings', () => {
  const rulesOf = (resource: Resource) =>
    policyFindings('Stack', { Resources: { Thing: resource } }).map(({ rule }) => rule);
  const ofStatement = (statement: Record<string, unknown>, Type = 'AWS::IAM::ManagedPolicy') =>
    rulesOf({ Type, Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } } });

  const ARN = 'arn:aws:sqs:eu-west-1:111122223333:queue';
  const NAMED = { StringEquals: { 'aws:SourceAccount': '111122223333' } };

  it('hold nothing against one action on one resource', () => {
    assert.deepEqual(ofStatement({ Action: 'sqs:SendMessage', Resource: ARN }), []);
  });

  it('name every action with a wildcard, and everything that says what is not meant', () => {
    assert.deepEqual(ofStatement({ Action: ['sqs:*', 'sqs:Get?*', 'sqs:SendMessage'], Resource: ARN }), [
      'wildcard-action sqs:*',
      'wildcard-action sqs:Get?*',
    ]);
    assert.deepEqual(ofStatement({ NotAction: 'iam:PassRole', NotResource: ARN }), ['not-action', 'not-resource']);
    assert.deepEqual(ofStatement({ Action: 'sqs:SendMessage', Resource: ARN, NotPrincipal: { AWS: 'x' } }), [
      'not-principal',
    ]);
  });

  it('name every resource with a wildcard, and whether a condition limits it', () => {
    const joined = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/*']] };

    assert.deepEqual(ofStatement({ Action: 's3:GetObject', Resource: [joined, '*'] }), [
      'wildcard-resource <Bucket.Arn>/* without-condition',
      'wildcard-resource * without-condition',
    ]);
    assert.deepEqual(ofStatement({ Action: 'securityhub:GetFindings', Resource: '*', Condition: NAMED }), [
      'wildcard-resource *',
    ]);
    assert.deepEqual(ofStatement({ Action: 's3:GetObject', Resource: '*', Condition: {} }), [
      'wildcard-resource * without-condition',
    ]);
  });

  it('hold nothing against a wildcard after our own name', () => {
    const role = (name: string) => ({ Action: 'iam:GetRole', Resource: `arn:aws:iam::111122223333:role/${name}` });

    assert.deepEqual(ofStatement(role('virtual-soc/*')), []);
    assert.equal(ofStatement(role('virtual-*')).length, 1);
    assert.equal(ofStatement(role('virtual-soc/*/*')).length, 1);
  });

  it('name parameters whose answer may be a wildcard', () => {
    const of = (File: Parameter) =>
      policyFindings('Stack', {
        Parameters: { File },
        Resources: {
          Thing: {
            Type: 'AWS::IAM::ManagedPolicy',
            Properties: {
              PolicyDocument: {
                Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Sub': '${File}' } },
              },
            },
          },
        },
      }).map(({ rule }) => rule);

    assert.deepEqual(of({ Type: 'String' }), ['wildcard-answer File']);
    assert.deepEqual(of({ Type: 'String', AllowedPattern: 's3://[^/]+/.*' }), ['wildcard-answer File']);
    assert.deepEqual(of({ Type: 'String', AllowedPattern: 's3://[a-z]+/[a-z]+' }), []);
    assert.deepEqual(of({ Type: 'String', AllowedValues: ['a'] }), []);
  });

  it('take the resource of a key policy for the key', () => {
    assert.deepEqual(
      ofStatement({ Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: 'x' } }, 'AWS::KMS::Key'),
      [],
    );
  });

  it('hold nothing against what is denied', () => {
    assert.deepEqual(ofStatement({ Effect: 'Deny', Action: '*', Resource: '*', Principal: '*' }), []);
  });

  it('name services that nobody says the account or the resource of', () => {
    const statement = { Action: 'sqs:SendMessage', Resource: ARN, Principal: { Service: ['events.amazonaws.com'] } };

    assert.deepEqual(ofStatement(statement), ['service-without-source events.amazonaws.com']);
    assert.deepEqual(ofStatement({ ...statement, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), [
      'service-without-source events.amazonaws.com',
    ]);
    assert.deepEqual(ofStatement({ ...statement, Condition: NAMED }), []);
  });

  it('name services that may call a function for anybody', () => {
    const permission = { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', FunctionName: 'x' };
    const of = (Properties: Record<string, unknown>) => rulesOf({ Type: 'AWS::Lambda::Permission', Properties });

    assert.deepEqual(of(permission), ['service-without-source events.amazonaws.com']);
    assert.deepEqual(of({ ...permission, SourceArn: 'arn' }), []);
    assert.deepEqual(of({ ...permission, Principal: '*' }), ['anybody without-condition']);
  });

  it('name a policy that is for anybody', () => {
    const statement = { Action: 'sqs:SendMessage', Resource: ARN };

    assert.deepEqual(ofStatement({ ...statement, Principal: '*' }), ['anybody without-condition']);
    assert.deepEqual(ofStatement({ ...statement, Principal: { AWS: '*' } }), ['anybody without-condition']);
    assert.deepEqual(ofStatement({ ...statement, Principal: '*', Condition: NAMED }), []);
  });

  it('name inline policies', () => {
    assert.deepEqual(rulesOf({ Type: 'AWS::IAM::Policy', Properties: {} }), ['inline-policy']);
    assert.deepEqual(rulesOf({ Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'x' }] } }), [
      'inline-policy',
    ]);
    assert.deepEqual(rulesOf({ Type: 'AWS::IAM::Role', Properties: { Policies: [] } }), []);
  });
});
