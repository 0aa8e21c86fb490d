import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ASSUMPTIONS, estimateCost, PRICES, tieredCost } from '../../local/rollout/cost.ts';
import { known, unknown } from '../../local/rollout/known.ts';
import type { ConfigRule } from '../../stacksets/config-rule.ts';

const rule = (name: string): ConfigRule => ({
  name,
  identifier: name.toUpperCase(),
  domain: 'identity',
  scope: 'regional',
  techniques: [],
  description: '',
  parameters: [],
  missingIn: [],
});
const TRIGGERS = new Map([
  ['on-change', { onChange: true, periodic: false, resourceTypes: ['AWS::S3::Bucket'] }],
  ['by-clock', { onChange: false, periodic: true, resourceTypes: ['AWS::S3::Bucket'] }],
  ['account-wide', { onChange: false, periodic: true, resourceTypes: [] }],
]);

describe('tieredCost', () => {
  it("follows AWS's tiers", () => {
    assert.equal(tieredCost(100_000), 100);
    assert.equal(tieredCost(500_000), 100 + 320);
    assert.equal(tieredCost(600_000), 100 + 320 + 50);
  });

  it('never costs less for more', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000), fc.nat(2_000_000), (few, more) => tieredCost(few) <= tieredCost(few + more)),
    );
  });
});

describe('estimateCost', () => {
  const rules = [rule('on-change'), rule('by-clock'), rule('account-wide')];
  const region = { region: 'eu-west-1', rules, places: 10, newRecorders: 0 };

  it('counts with the resources that there are', () => {
    const resources = known(new Map([['eu-west-1', new Map([['AWS::S3::Bucket', 200]])]]));

    const { evaluations, configurationItems, perMonth, basis } = estimateCost({
      regions: [region],
      triggers: TRIGGERS,
      resources,
    });

    const { changesPerResource, periodicRunsPerMonth, complianceChanges } = ASSUMPTIONS;
    const count = 200 * changesPerResource + 200 * periodicRunsPerMonth + 10 * periodicRunsPerMonth;
    assert.equal(evaluations.count, count);
    // Each resource once, however many rules look at it.
    assert.equal(configurationItems.count, 200 * complianceChanges);
    assert.equal(perMonth, Math.round((count * 0.001 + 20 * PRICES.configurationItem) * 100) / 100);
    assert.equal(basis, 'counted');
  });

  it('assumes what nobody has counted, Region by Region, and says so', () => {
    const other = { ...region, region: 'us-east-1' };
    const counted = known(new Map([['eu-west-1', new Map([['AWS::S3::Bucket', 200]])]]));

    const part = estimateCost({ regions: [region, other], triggers: TRIGGERS, resources: counted });
    const none = estimateCost({ regions: [region], triggers: TRIGGERS, resources: unknown('no aggregator') });

    assert.deepEqual([part.basis, none.basis], ['partly-counted', 'assumed']);
    assert.match(none.assumptions[0] ?? '', /no aggregator has counted them: eu-west-1 \(no aggregator\)\.$/);
    const { resourcesPerRule, changesPerResource, periodicRunsPerMonth } = ASSUMPTIONS;
    const each = resourcesPerRule * (changesPerResource + periodicRunsPerMonth) + periodicRunsPerMonth;
    assert.equal(none.evaluations.count, 10 * each);
  });

  it('adds what new recorders write, and nothing for a Region in which nobody is', () => {
    const recorders = { ...region, rules: [], newRecorders: 3 };
    const empty = { ...region, region: 'us-east-1', places: 0 };

    const { perMonth, regions } = estimateCost({
      regions: [recorders, empty],
      triggers: TRIGGERS,
      resources: unknown('none'),
    });

    assert.equal(perMonth, Math.round(3 * ASSUMPTIONS.itemsPerNewRecorder * PRICES.configurationItem * 100) / 100);
    assert.equal(regions[1]?.cost, 0);
  });
});
