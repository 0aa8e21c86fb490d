import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type CatalogueIndex, indexCatalogue } from '../../lambda/core/catalogue-index.ts';
import { parseFinding } from '../../lambda/core/finding.ts';
import { identifyRule } from '../../lambda/core/finding-provider.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { conformancePacks } from '../../stacksets/render-conformance-pack.ts';
import { configRules } from '../../stacksets/rollout-configuration.ts';
import { LEVELS, readRuleFacts } from '../../stacksets/rule-facts.ts';
import { ruleResources } from '../../stacksets/rule-resources.ts';
import { selectRules } from '../../stacksets/select-rules.ts';

describe('findings of the rules that are rolled out', () => {
  let catalogue: CatalogueIndex;
  let finding: Record<string, unknown>;

  before(async () => {
    catalogue = indexCatalogue((await readCatalogueFiles()).rows);
    const file = new URL('../fixtures/findings/config-conformance-pack.json', import.meta.url);
    finding = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  });

  /** Provider and rule of the finding of a rule that is deployed under this name. */
  const identify = (Title: string) => {
    const ProductFields = { ...(finding['ProductFields'] as object), 'aws/config/ConfigRuleName': Title };
    const parsed = parseFinding({ ...finding, Title, ProductFields });
    assert.ok('finding' in parsed, 'problem' in parsed ? parsed.problem : '');
    const identity = identifyRule(parsed.finding, catalogue.products);
    return { provider: identity.provider, rule: catalogue.findRule(identity) };
  };

  for (const level of LEVELS) {
    it(`are identified at level ${level}, from a pack and from a rule of its own`, async () => {
      const { rules } = selectRules(await readRuleFacts(), configRules.parse({ level }));
      const packs = conformancePacks(rules, { regions: ['us-east-1'], globalRegion: 'us-east-1' });
      const inPacks = packs.flatMap(({ variants }) => variants.flatMap((variant) => variant.rules));

      assert.equal(inPacks.length, rules.length);
      for (const rule of inPacks) {
        const deployed = Object.values(ruleResources(rule))[0]?.Properties['ConfigRuleName'] as string;
        for (const name of [`${deployed}-conformance-pack-abcdefghi`, deployed]) {
          const { provider, rule: found } = identify(name);
          assert.equal(provider, 'config', name);
          if (rule.techniques.length > 0) {
            assert.ok(found.outcome === 'mapped', name);
            assert.deepEqual(found.ruleKeys, [rule.name]);
          } else {
            assert.ok(found.outcome !== 'mapped' && found.reason.startsWith('not-mappable:'), name);
          }
        }
      }
    });
  }
});
