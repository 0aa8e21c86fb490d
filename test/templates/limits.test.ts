import assert from 'node:assert/strict';
import { closest, exceeded, MOST_BYTES, MOST_INLINE_BYTES, usages } from './limits.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Resource, Template } from './template.ts';

/** Closer to a limit than this, and the next addition may not be possible. */
const WARNING = 0.8;

describe('the size of every template', () => {
  it('is within the limits of CloudFormation, Service Catalog and the services', function () {
    const closestOnes: string[] = [];
    for (const { name, kind, bytes, template } of synthesisedTemplates()) {
      const all = usages(template, bytes, kind === 'body' ? MOST_INLINE_BYTES : MOST_BYTES);
      closestOnes.push(`\n        ${name}: ${closest(all, 3)}`);

      assert.deepEqual(exceeded(all), [], name);
      const close = all.filter(({ used, most }) => used > WARNING * most);
      assert.equal(closest(close, close.length), '', `${name} is close to a limit`);
    }
    // Seen with the result: how far it still is.
    if (this.test !== undefined) this.test.title += `; the closest are${closestOnes.join('')}`;
  }).timeout(SYNTHESIS_TIMEOUT);

  it('uses less than half of the resources, parameters, outputs and bytes that it may', () => {
    for (const { name, bytes, template } of synthesisedTemplates()) {
      for (const { what, used, most } of usages(template, bytes).slice(0, 4)) {
        assert.ok(used < most / 2, `${name}: ${used} of ${most} ${what}`);
      }
    }
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('usages', () => {
  const tooMuch = (template: Partial<Template>, bytes = 0) => exceeded(usages({ Resources: {}, ...template }, bytes));
  const many = <T>(count: number, value: T, name = 'Item') =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, value]));
  const ofResource = (Type: string, Properties: Record<string, unknown>) =>
    tooMuch({ Resources: { Thing: { Type, Properties } } });
  const queue: Resource = { Type: 'AWS::SQS::Queue' };

  it('counts sections, bytes, mappings and names', () => {
    assert.deepEqual(tooMuch({ Resources: many(501, queue) }), ['Resources: 501, and 500 at most']);
    assert.deepEqual(tooMuch({ Parameters: many(201, { Type: 'String' }) }), ['Parameters: 201, and 200 at most']);
    assert.deepEqual(tooMuch({ Outputs: many(201, {}) }), ['Outputs: 201, and 200 at most']);
    assert.deepEqual(tooMuch({ Mappings: { Sizes: many(201, {}) } }), [
      'attributes of the mapping Sizes: 201, and 200 at most',
    ]);
    assert.deepEqual(tooMuch({}, MOST_BYTES + 1), ['bytes of the template: 1048577, and 1048576 at most']);
    assert.equal(tooMuch({ Resources: { ['Q'.repeat(256)]: queue } }).length, 1);
    assert.deepEqual(tooMuch({ Description: 'ä'.repeat(513) }), ['bytes of the description: 1026, and 1024 at most']);
  });

  it('finds nothing at the limit', () => {
    assert.deepEqual(
      tooMuch({ Resources: many(500, queue), Parameters: many(200, { Type: 'String' }) }, MOST_BYTES),
      [],
    );
  });

  it('counts letters of what services take, with the longest that CloudFormation puts in', () => {
    assert.deepEqual(ofResource('AWS::ServiceCatalog::Portfolio', { ProviderName: 'p'.repeat(51) }), [
      'letters of Thing.ProviderName: 51, and 50 at most',
    ]);
    assert.deepEqual(ofResource('AWS::Events::Rule', { Name: { 'Fn::Sub': `\${AWS::StackName}-${'n'.repeat(40)}` } }), [
      'letters of Thing.Name: 73, and 64 at most',
    ]);
    assert.equal(
      ofResource('AWS::IAM::ManagedPolicy', { PolicyDocument: { Statement: many(400, { Ref: 'AWS::AccountId' }) } })
        .length,
      1,
    );
  });

  it('counts the policies of a role, named by it or naming it', () => {
    const policy: Resource = { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: [{ Ref: 'Role' }] } };
    const role: Resource = { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: ['arn', 'arn'] } };

    assert.deepEqual(tooMuch({ Resources: { Role: role, ...many(9, policy) } }), [
      'managed policies of Role: 11, and 10 at most',
    ]);
  });

  it('counts what a product or portfolio has of everything', () => {
    const product: Resource = {
      Type: 'AWS::ServiceCatalog::CloudFormationProduct',
      Properties: { ProvisioningArtifactParameters: Array.from({ length: 101 }, () => ({})) },
    };
    const pattern: Resource = {
      Type: 'AWS::ServiceCatalog::PortfolioPrincipalAssociation',
      Properties: { PortfolioId: { Ref: 'Portfolio' }, PrincipalType: 'IAM_PATTERN' },
    };
    const option: Resource = {
      Type: 'AWS::ServiceCatalog::TagOptionAssociation',
      Properties: { ResourceId: { Ref: 'Portfolio' } },
    };

    assert.deepEqual(tooMuch({ Resources: { Product: product } }), ['versions of Product: 101, and 100 at most']);
    assert.deepEqual(tooMuch({ Resources: many(11, pattern) }), [
      'principal patterns of <Portfolio>: 11, and 10 at most',
    ]);
    assert.deepEqual(tooMuch({ Resources: many(26, option) }), ['TagOptions of <Portfolio>: 26, and 25 at most']);
  });
});

describe('closest', () => {
  it('says what comes first to its limit, and how far it is', () => {
    const all = [
      { what: 'Resources', used: 50, most: 500 },
      { what: 'Outputs', used: 100, most: 200 },
    ];

    assert.equal(closest(all, 1), 'Outputs 50 % (100 of 200)');
  });
});
