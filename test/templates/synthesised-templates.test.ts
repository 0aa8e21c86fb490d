import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates, templatesIn, temporaryDirectory } from './synthesised-templates.ts';

const QUEUE = { Description: 'a product', Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };

describe('synthesisedTemplates', () => {
  it('finds the portfolio and the product in it, the stack sets, and what they roll out', () => {
    const found = synthesisedTemplates().map(({ name, kind }) => `${kind} ${name}`);

    for (const expected of [
      'stack VirtualSocPortfolio',
      'product VirtualSocPortfolioVirtualSocProduct',
      'stack VirtualSocStackSetConfigRules',
      'stack VirtualSocManagementMemberRoles',
      'member VirtualSocLaunchRole',
      'member VirtualSocConfigRules',
      'member VirtualSocMemberRoles',
    ]) {
      assert.ok(found.includes(expected), `${expected} is not in ${found.join(', ')}`);
    }
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('templatesIn', () => {
  let directory: string;

  const write = (file: string, content: unknown) => writeFileSync(path.join(directory, file), JSON.stringify(content));

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  it('finds products and stacks of nested assemblies, and passes over what is no template', () => {
    mkdirSync(path.join(directory, 'assembly-Stage'));
    mkdirSync(path.join(directory, 'asset.1'));
    write('manifest.json', { version: '1' });
    write('StackProduct01234567.product.template.json', QUEUE);
    write('assembly-Stage/Stack.template.json', QUEUE);
    write('Roles.member.template.json', QUEUE);
    write('asset.1/Code.template.json', QUEUE);

    assert.deepEqual(
      templatesIn(directory).map(({ name, kind }) => [name, kind]),
      [
        ['Roles', 'member'],
        ['StackProduct', 'product'],
        ['Stack', 'stack'],
      ],
    );
  });

  it('calls a released version like the product that it is one of', () => {
    write('asset.0a1b.json', QUEUE);
    write('StackProduct01234567.product.template.json', QUEUE);

    assert.deepEqual(
      templatesIn(directory).map(({ name, kind }) => [name, kind]),
      [
        ['StackProduct', 'product'],
        ['StackProduct', 'product'],
      ],
    );
  });

  it('reads the bodies that stack sets roll out, in JSON or YAML', () => {
    const stackSet = (body: unknown) => ({
      Type: 'AWS::CloudFormation::StackSet',
      Properties: { TemplateBody: body },
    });
    write('Stack.template.json', {
      Resources: {
        Json: stackSet(JSON.stringify(QUEUE)),
        Yaml: stackSet({ 'Fn::Sub': 'Resources: {Topic: {Type: AWS::SNS::Topic}}' }),
        Pack: { Type: 'AWS::Config::ConformancePack', Properties: { TemplateBody: 'Resources: {}' } },
      },
    });

    const bodies = templatesIn(directory).filter(({ kind }) => kind === 'body');

    assert.deepEqual(
      bodies.map(({ name, template }) => [name, Object.keys(template.Resources)]),
      [
        ['Stack/Json', ['Queue']],
        ['Stack/Yaml', ['Topic']],
      ],
    );
  });

  it('refuses a body that nobody can read before it is deployed', () => {
    write('Stack.template.json', {
      Resources: { Set: { Type: 'AWS::CloudFormation::StackSet', Properties: { TemplateBody: { Ref: 'Body' } } } },
    });

    assert.throws(() => templatesIn(directory), /Stack\/Set: its TemplateBody cannot be read/);
  });
});
