import assert from 'node:assert/strict';
import { foreignIn } from './self-contained.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Template } from './template.ts';

describe('what stack sets roll out', () => {
  it('needs nothing but itself, in an account that nobody has prepared', () => {
    const members = synthesisedTemplates().filter(({ kind }) => kind === 'member');

    assert.ok(members.length > 2);
    for (const { name, template } of members) assert.deepEqual(foreignIn(template), [], name);
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('foreignIn', () => {
  const found = (template: Partial<Template> & Record<string, unknown>) => foreignIn({ Resources: {}, ...template });
  const ofType = (Type: string) => found({ Resources: { Thing: { Type } } });

  it('finds nested stacks, macros, modules, functions and custom resources', () => {
    for (const type of [
      'AWS::CloudFormation::Stack',
      'AWS::CloudFormation::Macro',
      'Own::Thing::MODULE',
      'AWS::Lambda::Function',
      'Custom::Thing',
    ]) {
      assert.deepEqual(ofType(type), [`Thing: ${type}`]);
    }
  });

  it('finds transforms, and functions that need one', () => {
    assert.deepEqual(found({ Transform: 'AWS::LanguageExtensions' }), ['the section Transform']);
    assert.deepEqual(found({ Outputs: { One: { 'Fn::Transform': {} } } }), ['a function of a transform']);
    assert.deepEqual(found({ Outputs: { One: { 'Fn::ForEach::Each': [] } } }), ['a function of a transform']);
  });

  it('finds what the account would have to have', () => {
    const imported = ['something that the account would have to have'];

    assert.deepEqual(found({ Outputs: { One: { 'Fn::ImportValue': 'x' } } }), imported);
    assert.deepEqual(found({ Outputs: { One: '{{resolve:ssm:x}}' } }), imported);
    assert.deepEqual(found({ Outputs: { One: 'cdk-hnb659fds-assets' } }), ["Outputs.One: CDK's bootstrap"]);
  });

  it('finds nothing in roles, rules and packs', () => {
    for (const type of ['AWS::IAM::Role', 'AWS::Config::ConfigRule', 'AWS::Config::ConformancePack']) {
      assert.deepEqual(ofType(type), []);
    }
  });
});
