import assert from 'node:assert/strict';
import { assertExplained, assertNoneSuperfluous, type Finding } from './explained-findings.ts';
import { behaviourOf, changedPaths, isStateful, replacedBy, replacedByParameter } from './replacement.ts';
import { SYNTHESIS_TIMEOUT, type SynthesisedTemplate, synthesisedTemplates } from './synthesised-templates.ts';
import type { Resource, Template } from './template.ts';

const DATABASE = 'AWS::RDS::DBInstance';

describe('an update of any template', () => {
  let findings: Finding[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    findings = synthesisedTemplates().flatMap(findingsOf);
  });

  it('keeps its databases, keys, queues and buckets whatever is changed about its parameters', () => {
    assertExplained(findings);
  });

  it('still changes everything that is explained', () => {
    assertNoneSuperfluous('replacement', findings);
  });

  it('keeps them when a product is updated from an earlier version', () => {
    const products = synthesisedTemplates().filter(({ kind }) => kind === 'product');
    for (const { name, file, template } of products.filter((each) => isEarlier(each))) {
      const current = products.find((other) => other.name === name && !isEarlier(other));
      assert.ok(current, `${file} is of no product`);
      assert.deepEqual(replacedBy(template, current.template).filter(isOfStatefulType), [], file);
    }
  });
});

function isEarlier({ file }: SynthesisedTemplate): boolean {
  return /asset\.[^/]*$/.test(file);
}

function isOfStatefulType({ type }: { readonly type: string }): boolean {
  return isStateful({ Type: type });
}

function findingsOf({ name, template }: SynthesisedTemplate): Finding[] {
  return Object.keys(template.Parameters ?? {}).flatMap((parameter) =>
    replacedByParameter(parameter, template)
      .filter(isOfStatefulType)
      .map(({ logicalId, property, behaviour }): Finding => {
        const rule = `${parameter} changes ${property}: ${behaviour}`;
        return { check: 'replacement', rule, template: name, logicalId };
      }),
  );
}

describe('replacedByParameter, of the product', () => {
  let product: Template;
  let id: string;
  let database: Resource;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    const found = synthesisedTemplates()
      .filter(({ kind }) => kind === 'product')
      .flatMap(({ template }) => Object.entries(template.Resources).map((entry) => [template, ...entry] as const))
      .find(([, , { Type }]) => Type === DATABASE);
    assert.ok(found);
    [product, id, database] = found;
  });

  const withDatabase = (properties: Record<string, unknown>): Template => ({
    ...product,
    Resources: { ...product.Resources, [id]: { ...database, Properties: { ...database.Properties, ...properties } } },
  });
  const replaced = (parameter: string, template: Template) =>
    replacedByParameter(parameter, template)
      .filter(({ type }) => type === DATABASE)
      .map(({ property, behaviour }) => `${property}: ${behaviour}`);

  it('catches a parameter that would replace the database', () => {
    const template = withDatabase({ DBName: { 'Fn::Sub': 'soc_${Language}' } });

    assert.deepEqual(replaced('Language', product), []);
    assert.deepEqual(replaced('Language', template), ['DBName: yes']);
  });

  it('catches one that only may', () => {
    assert.deepEqual(replaced('Language', withDatabase({ AvailabilityZone: { Ref: 'Language' } })), [
      'AvailabilityZone: maybe',
    ]);
  });

  it('catches one that decides by way of a condition', () => {
    const { Condition, ...template } = { Condition: { 'Fn::Equals': [{ Ref: 'Language' }, 'es'] }, ...product };
    const conditional: Template = {
      ...template,
      Conditions: { ...product.Conditions, Spanish: Condition },
      Resources: { ...product.Resources, [id]: { ...database, Condition: 'Spanish' } },
    };

    assert.deepEqual(replaced('Language', conditional), ['Condition: yes']);
  });

  it('catches one that replaces what the database is made with', () => {
    const [subnets] =
      Object.entries(product.Resources).find(([, { Type }]) => Type === 'AWS::RDS::DBSubnetGroup') ?? [];
    assert.ok(subnets !== undefined);
    const group = product.Resources[subnets];
    const template: Template = {
      ...product,
      Resources: {
        ...product.Resources,
        [subnets]: {
          ...group,
          Type: 'AWS::RDS::DBSubnetGroup',
          Properties: { ...group?.Properties, DBSubnetGroupName: { Ref: 'Language' } },
        },
      },
    };

    assert.deepEqual(replaced('Language', template), ['DBSubnetGroupName: yes']);
  });

  it('lets everything be changed that can be', () => {
    assert.deepEqual(replaced('DatabaseClass', product), []);
    assert.deepEqual(replaced('DatabaseStorage', product), []);
  });
});

describe('replacedBy', () => {
  const queue = (Properties: Record<string, unknown> = {}): Resource => ({ Type: 'AWS::SQS::Queue', Properties });
  const of = (before: Record<string, Resource>, after: Record<string, Resource>) =>
    replacedBy({ Resources: before }, { Resources: after }).map(
      ({ logicalId, property, behaviour }) => `${logicalId} ${property} ${behaviour}`,
    );

  it('names what a changed property replaces, and not what it changes in place', () => {
    assert.deepEqual(of({ Queue: queue({ QueueName: 'a' }) }, { Queue: queue({ QueueName: 'b' }) }), [
      'Queue QueueName yes',
    ]);
    assert.deepEqual(of({ Queue: queue() }, { Queue: queue({ QueueName: 'b' }) }), ['Queue QueueName yes']);
    assert.deepEqual(of({ Queue: queue({ DelaySeconds: 1 }) }, { Queue: queue({ DelaySeconds: 2 }) }), []);
  });

  it('names what a new logical id takes away, and what becomes something else', () => {
    assert.deepEqual(of({ Queue: queue() }, { Other: queue() }), ['Queue (removed) yes']);
    assert.deepEqual(of({ Queue: queue() }, { Queue: { Type: 'AWS::SNS::Topic' } }), ['Queue Type yes']);
  });

  it('names nothing new, and nothing that stays', () => {
    assert.deepEqual(of({ Queue: queue() }, { Queue: queue(), Other: queue() }), []);
  });

  it('follows what refers to a replaced resource', () => {
    const resources = (name: string): Record<string, Resource> => ({
      Group: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { DBSubnetGroupName: name } },
      Database: { Type: DATABASE, Properties: { DBSubnetGroupName: { Ref: 'Group' } } },
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Dimensions: [{ Name: 'Id', Value: { Ref: 'Database' } }] },
      },
    });

    assert.deepEqual(of(resources('a'), resources('b')), [
      'Group DBSubnetGroupName yes',
      'Database DBSubnetGroupName yes',
    ]);
  });

  it('takes what a custom resource answers to change with its properties', () => {
    const resources = (version: number): Record<string, Resource> => ({
      Lookup: { Type: 'Custom::Lookup', Properties: { ServiceToken: 'arn', version } },
      Queue: queue({ QueueName: { 'Fn::GetAtt': ['Lookup', 'Name'] } }),
    });

    assert.deepEqual(of(resources(1), resources(2)), ['Queue QueueName yes']);
    assert.deepEqual(of(resources(1), resources(1)), []);
  });
});

describe('behaviourOf', () => {
  it('is what the specification of the resource says', () => {
    assert.equal(behaviourOf(DATABASE, ['DBInstanceIdentifier']), 'yes');
    assert.equal(behaviourOf(DATABASE, ['Engine']), 'maybe');
    assert.equal(behaviourOf(DATABASE, ['DBInstanceClass']), 'no');
  });

  it('looks into lists and parts of a property', () => {
    assert.equal(behaviourOf('AWS::EC2::Instance', ['NetworkInterfaces', 0, 'SubnetId']), 'yes');
    assert.equal(behaviourOf('AWS::Lambda::Function', ['VpcConfig', 'SubnetIds', 0]), 'no');
  });

  it('knows no type that there is not', () => {
    assert.throws(() => behaviourOf('AWS::SQS::Kew', ['QueueName']), /AWS::SQS::Kew is no type/);
  });
});

describe('changedPaths', () => {
  it('goes as deep as it can', () => {
    assert.deepEqual(changedPaths({ a: [{ b: 1 }, 2] }, { a: [{ b: 2 }, 2, 3] }), [
      ['a', 0, 'b'],
      ['a', 2],
    ]);
    assert.deepEqual(changedPaths({ a: { Ref: 'x' } }, { a: { Ref: 'y' } }), [['a']]);
    assert.deepEqual(changedPaths({ a: 1 }, { a: 1 }), []);
  });
});
