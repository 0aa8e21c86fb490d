import assert from 'node:assert/strict';
import { schemaMistakes } from './schema.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Parameter, Resource, Template } from './template.ts';

describe('the form of every template', () => {
  it("fits CloudFormation's schema", () => {
    for (const { name, template } of synthesisedTemplates()) assert.deepEqual(schemaMistakes(template), [], name);
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('schemaMistakes', () => {
  const mistakes = (template: Partial<Template>) =>
    schemaMistakes({ Resources: {}, ...template }).map(({ where, what }) => `${where} ${what}`);
  const ofResource = (Thing: Resource, template: Partial<Template> = {}) =>
    mistakes({ ...template, Resources: { Thing } });
  const ofQueue = (Properties: Record<string, unknown>, template: Partial<Template> = {}) =>
    ofResource({ Type: 'AWS::SQS::Queue', Properties }, template);
  const ofParameter = (parameter: Parameter) => mistakes({ Parameters: { Answer: parameter } });

  it('finds nothing in what fits', () => {
    assert.deepEqual(
      ofQueue({ VisibilityTimeout: 30, Tags: [{ Key: 'a', Value: 'b' }], QueueName: { Ref: 'AWS::StackName' } }),
      [],
    );
  });

  it('names types and properties that do not exist', () => {
    assert.deepEqual(ofResource({ Type: 'AWS::SQS::Kew' }), ['Thing AWS::SQS::Kew is no type of resource']);
    assert.deepEqual(ofQueue({ Visibility: 30 }), ['Thing.Visibility is no property']);
    assert.deepEqual(ofResource({ Type: 'AWS::Lambda::Function', Properties: { Role: 'arn', Code: { File: 'x' } } }), [
      'Thing.Code.File is no property',
    ]);
  });

  it('names required properties that are missing, deep ones and left-out ones too', () => {
    assert.deepEqual(
      ofResource({ Type: 'AWS::RDS::DBSubnetGroup', Properties: { SubnetIds: { Ref: 'AWS::NoValue' } } }),
      ['Thing.DBSubnetGroupDescription is required', 'Thing.SubnetIds is required'],
    );
    assert.ok(
      ofResource({ Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'one' }] } }).includes(
        'Thing.Targets.0.Arn is required',
      ),
    );
    assert.deepEqual(ofResource({ Type: 'Custom::Thing' }), ['Thing.ServiceToken is required']);
  });

  it('names values of another type', () => {
    assert.deepEqual(ofQueue({ VisibilityTimeout: 'soon' }), ['Thing.VisibilityTimeout is no integer']);
    assert.deepEqual(ofQueue({ FifoQueue: 'maybe' }), ['Thing.FifoQueue is neither true nor false']);
    assert.deepEqual(ofQueue({ QueueName: ['a'] }), ['Thing.QueueName is no text']);
    assert.deepEqual(ofQueue({ Tags: [{ Name: 'a' }] }), ['Thing.Tags.0 is no tag']);
    assert.deepEqual(ofQueue({ Tags: { Key: 'a', Value: 'b' } }), ['Thing.Tags is no list']);
    assert.deepEqual(
      ofResource({ Type: 'AWS::KMS::Key', Properties: { KeySpec: 'ROT_13' } }).map((mistake) => mistake.slice(0, 35)),
      ['Thing.KeySpec ROT_13 is none of SYM'],
    );
  });

  it('looks at both alternatives of a choice, and at what a function returns', () => {
    const Conditions = { Wanted: { 'Fn::Equals': ['a', 'b'] } };
    const choice = { 'Fn::If': ['Wanted', 30, 'soon'] };

    assert.deepEqual(ofQueue({ VisibilityTimeout: choice }, { Conditions }), ['Thing.VisibilityTimeout is no integer']);
    assert.deepEqual(ofQueue({ QueueName: { 'Fn::Split': [',', 'a,b'] } }), ['Thing.QueueName is a list']);
    assert.deepEqual(ofQueue({ Tags: { 'Fn::Sub': 'a' } }), ['Thing.Tags is no array']);
    assert.deepEqual(
      ofQueue({ QueueName: { Ref: 'Names' } }, { Parameters: { Names: { Type: 'CommaDelimitedList' } } }),
      ['Thing.QueueName is a list'],
    );
  });

  it('names references that lead nowhere', () => {
    assert.deepEqual(ofQueue({ QueueName: { Ref: 'Nobody' } }), ['Thing Nobody is neither resource nor parameter']);
    assert.deepEqual(ofQueue({ QueueName: { 'Fn::GetAtt': ['Thing', 'Anr'] } }), [
      'Thing Anr is no attribute of AWS::SQS::Queue',
    ]);
    assert.deepEqual(ofQueue({ QueueName: { 'Fn::Sub': '${Nobody.Arn}' } }), ['Thing Nobody is no resource']);
    assert.deepEqual(ofQueue({ QueueName: { 'Fn::If': ['Never', 'a', 'b'] } }), ['Thing Never is no condition']);
    assert.deepEqual(ofQueue({ QueueName: { 'Fn::FindInMap': ['Sizes', 'a', 'b'] } }), ['Thing Sizes is no mapping']);
    assert.deepEqual(mistakes({ Outputs: { Link: { Value: { Ref: 'Nobody' } } } }), [
      'Outputs Nobody is neither resource nor parameter',
    ]);
  });

  it('names what is wrong about a resource itself', () => {
    const queue = { Type: 'AWS::SQS::Queue' };

    assert.deepEqual(ofResource({ ...queue, DependsOn: 'Nobody' }), ['Thing.DependsOn Nobody is no resource']);
    assert.deepEqual(ofResource({ ...queue, Condition: 'Never' }), ['Thing.Condition Never is no condition']);
    assert.deepEqual(ofResource({ ...queue, DeletionPolicy: 'Snapshot' }), [
      'Thing no snapshot can be made of AWS::SQS::Queue',
    ]);
    assert.deepEqual(mistakes({ Resource: {} } as Partial<Template>), ['Resource is no section of a template']);
  });

  it('names a default that its own parameter refuses', () => {
    assert.deepEqual(ofParameter({ Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] }), [
      'Parameters.Answer the default c is not allowed',
    ]);
    assert.deepEqual(ofParameter({ Type: 'Number', Default: '9', MaxValue: 8 }), [
      'Parameters.Answer the default 9 is more than 8',
    ]);
    assert.deepEqual(ofParameter({ Type: 'String', Default: 'x y', AllowedPattern: String.raw`\S*` }), [
      'Parameters.Answer the default x y does not match',
    ]);
    assert.deepEqual(ofParameter({ Type: 'Text' }), ['Parameters.Answer Text is no type']);
  });
});
