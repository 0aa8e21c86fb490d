import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { checkConformancePack, MOST_PACK_BYTES, MOST_RULES_IN_PACK } from '../../stacksets/check-conformance-pack.ts';
import { type ConfigRule, DOMAINS, isEvaluatedIn } from '../../stacksets/config-rule.ts';
import { conformancePacks, packBody, rulesNowhere } from '../../stacksets/render-conformance-pack.ts';
import { configRules } from '../../stacksets/rollout-configuration.ts';
import { LEVELS, readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
import { logicalId } from '../../stacksets/rule-resources.ts';
import { selectRules } from '../../stacksets/select-rules.ts';
import { madeRule, madeRules } from '../support/made-rules.ts';
import { schemaMistakes } from '../templates/schema.ts';
import { intrinsicOf, isObject, type Template } from '../templates/template.ts';

const AT = { regions: ['eu-west-1', 'us-east-1', 'eu-central-2'], globalRegion: 'eu-west-1' };

const names = (rules: readonly ConfigRule[]) => rules.map(({ name }) => name);

describe('conformancePacks', () => {
  it('makes a pack of each domain, one of what is global and one of what is in us-east-1 only', () => {
    const packs = conformancePacks(
      [
        madeRule('made-rule-b'),
        madeRule('made-rule-a'),
        madeRule('bucket-rule', { domain: 'data-protection' }),
        madeRule('user-rule', { scope: 'global' }),
        madeRule('distribution-rule', { scope: 'us-east-1', domain: 'data-protection' }),
      ],
      AT,
    );

    assert.deepEqual(
      packs.map(({ name, variants }) => [name, variants.map(({ regions, rules }) => [regions, names(rules)])]),
      [
        ['virtual-soc-identity', [[AT.regions, ['made-rule-a', 'made-rule-b']]]],
        ['virtual-soc-data-protection', [[AT.regions, ['bucket-rule']]]],
        ['virtual-soc-global', [[['eu-west-1'], ['user-rule']]]],
        ['virtual-soc-us-east-1', [[['us-east-1'], ['distribution-rule']]]],
      ],
    );
  });

  it('leaves a rule out in Regions that lack it, and the pack where nothing is left of it', () => {
    const packs = conformancePacks(
      [
        madeRule('everywhere'),
        madeRule('not-in-zurich', { missingIn: ['eu-central-2'] }),
        madeRule('lake-rule', { domain: 'resilience', missingIn: ['eu-central-2', 'eu-west-1'] }),
      ],
      AT,
    );

    assert.deepEqual(
      packs.map(({ variants }) => variants.map(({ regions, rules }) => [regions, names(rules)])),
      [
        [
          [
            ['eu-west-1', 'us-east-1'],
            ['everywhere', 'not-in-zurich'],
          ],
          [['eu-central-2'], ['everywhere']],
        ],
        [[['us-east-1'], ['lake-rule']]],
      ],
    );
  });

  it('goes on in a second pack where a domain has too many rules, or too long ones', () => {
    const many = conformancePacks(madeRules(131), AT);
    const long = conformancePacks(
      madeRules(60, { parameters: [{ name: 'list', value: 'x'.repeat(1000), exposed: false }] }),
      AT,
    );

    for (const packs of [many, long]) {
      assert.deepEqual(
        packs.map(({ name }) => name),
        ['virtual-soc-identity', 'virtual-soc-identity-2'],
      );
    }
    assert.deepEqual(
      many.map(({ variants }) => variants[0]?.rules.length),
      [130, 1],
    );
  });

  it('throws with pack, rule and remedy where AWS would refuse one', () => {
    const rules = [madeRule('made-rule'), madeRule('made-rule')];

    assert.throws(
      () => conformancePacks(rules, AT),
      /virtual-soc-identity, rule made-rule: is in the pack twice: remove/,
    );
  });
});

describe('conformancePacks, of whatever rules', () => {
  const anyRule = fc.record({
    domain: fc.constantFrom(...DOMAINS),
    scope: fc.constantFrom('regional' as const, 'global' as const, 'us-east-1' as const),
    missingIn: fc.subarray(AT.regions),
    parameters: fc.array(
      fc.record({ value: fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), exposed: fc.boolean() }),
      {
        maxLength: 2,
      },
    ),
  });

  it('puts each rule once into each Region that evaluates it, within the limits and as it is', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 200 }), (made) => {
        const rules = made.map(({ parameters, ...changes }, index) =>
          madeRule(`made-rule-${index}`, {
            ...changes,
            parameters: parameters.map(({ value, exposed }, at) => ({
              name: `value${at}`,
              value: value.replaceAll('${', '$'),
              exposed,
            })),
          }),
        );

        const packs = conformancePacks(rules, AT);

        for (const region of AT.regions) {
          const here = packs.flatMap(({ variants }) => variants.filter(({ regions }) => regions.includes(region)));
          assert.deepEqual(
            here.flatMap((variant) => names(variant.rules)).sort(),
            names(rules.filter((rule) => isEvaluatedIn(rule, region, AT.globalRegion))).sort(),
          );
          for (const variant of here) {
            const template = parse(variant.body, { version: '1.1' }) as Template;
            assert.equal(Object.keys(template.Resources).length, variant.rules.length);
            for (const { name, parameters } of variant.rules) {
              const input = template.Resources[logicalId(name)]?.Properties?.['InputParameters'] ?? {};
              const values = Object.values(input).map((value: unknown) => {
                const reference = intrinsicOf(value);
                return reference === undefined ? value : template.Parameters?.[String(reference.argument)]?.Default;
              });
              assert.deepEqual(
                values,
                parameters.map(({ value }) => value),
              );
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('rulesNowhere', () => {
  it('names rules that no Region of the roll-out evaluates', () => {
    const nowhere = rulesNowhere(
      [
        madeRule('made-rule'),
        madeRule('distribution-rule', { scope: 'us-east-1' }),
        madeRule('user-rule', { scope: 'global', missingIn: ['eu-south-1'] }),
      ],
      { regions: ['eu-south-1'], globalRegion: 'eu-south-1' },
    );

    assert.deepEqual(nowhere, [
      {
        name: 'distribution-rule',
        reason: 'evaluated in us-east-1 only, which is no Region of the roll-out',
      },
      { name: 'user-rule', reason: 'AWS Config does not have it in eu-south-1' },
    ]);
  });
});

describe('packBody', () => {
  it('quotes what YAML 1.1 would not take for text', () => {
    const parameters = ['yes', 'on', '0123', '12:30', '1_000', 'true', '~'].map((value, index) => {
      return { name: `value${index}`, value, exposed: false };
    });

    const body = packBody([madeRule('made-rule', { parameters })]);

    const template = parse(body, { version: '1.1' }) as Template;
    assert.deepEqual(
      template.Resources['MadeRule']?.Properties?.['InputParameters'],
      Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
    );
  });

  it('asks for exposed parameters with their value as default, and writes others as they are', () => {
    const parameters = [
      { name: 'maxAge', value: '90', exposed: true },
      { name: 'enabled', value: 'true', exposed: false },
    ];

    const body = parse(packBody([madeRule('made-rule', { parameters })])) as Template;

    assert.deepEqual(body.Parameters, { MadeRuleMaxAge: { Type: 'String', Default: '90' } });
    assert.deepEqual(body.Resources['MadeRule']?.Properties?.['InputParameters'], {
      maxAge: { Ref: 'MadeRuleMaxAge' },
      enabled: 'true',
    });
  });

  it('corrects with the role of the account that it is deployed in, after the rule is there', () => {
    const correction = { document: 'AWS-Mend', resourceParameter: 'BucketName', parameters: { State: ['Enabled'] } };

    const body = parse(packBody([madeRule('made-rule', { correction })])) as Template;

    const resource = body.Resources['MadeRuleCorrection'];
    assert.equal(resource?.Type, 'AWS::Config::RemediationConfiguration');
    assert.equal(resource.DependsOn, 'MadeRule');
    assert.deepEqual(resource.Properties?.['Parameters'], {
      AutomationAssumeRole: {
        StaticValue: {
          Values: ['arn:${AWS::Partition}:iam::${AWS::AccountId}:role/virtual-soc/virtual-soc-correct'],
        },
      },
      BucketName: { ResourceValue: { Value: 'RESOURCE_ID' } },
      State: { StaticValue: { Values: ['Enabled'] } },
    });
  });
});

for (const level of LEVELS) {
  describe(`the packs of level ${level}`, () => {
    let facts: RuleFacts;

    before(async () => {
      facts = await readRuleFacts();
    });

    /** With every correction, so that the packs are as large as they become. */
    const packs = () => {
      const all = selectRules(facts, configRules.parse({ level }));
      const correct = names(all.rules).filter((name) => facts.rules.get(name)?.correction !== undefined);
      const { rules, problems } = selectRules(facts, configRules.parse({ level, correct }));
      assert.deepEqual(problems, []);
      return conformancePacks(rules, AT);
    };
    const bodies = () => packs().flatMap(({ variants }) => variants.map(({ body }) => body));

    it('stay within the limits without a second part, and hold rules that AWS still offers', () => {
      for (const pack of packs()) {
        assert.deepEqual(checkConformancePack(pack, facts.managedRules), []);
        assert.doesNotMatch(pack.name, /-\d+$(?<!us-east-1)/);
        for (const { rules, body } of pack.variants) {
          assert.ok(rules.length <= MOST_RULES_IN_PACK && Buffer.byteLength(body) <= MOST_PACK_BYTES, pack.name);
        }
      }
    });

    it('say the same to a reader of YAML 1.1 as to one of YAML 1.2, in text and block form only', () => {
      for (const body of bodies()) {
        assert.deepEqual(parse(body, { version: '1.1' }), parse(body));
        assert.doesNotMatch(body, /^\s*\S+: *[&*!|>]/m);
      }
    });

    it('hold rules and corrections only, as their schemas have them, and refer to parameters only', () => {
      const types = new Set<string>();
      for (const body of bodies()) {
        const template = parse(body) as Template;
        for (const resource of Object.values(template.Resources)) types.add(resource.Type);
        assert.deepEqual(
          Object.keys(template).filter((part) => part !== 'Parameters'),
          ['Resources'],
        );
        assert.deepEqual(schemaMistakes(template), []);
        for (const { name, argument } of intrinsics(template.Resources)) {
          assert.equal(name, 'Ref');
          assert.ok(Object.hasOwn(template.Parameters ?? {}, String(argument)), String(argument));
        }
      }

      assert.deepEqual([...types].sort(), ['AWS::Config::ConfigRule', 'AWS::Config::RemediationConfiguration']);
    });

    it('hold each rule of the level once, under its own name and identifier', () => {
      const { rules } = selectRules(facts, configRules.parse({ level }));
      const inPacks = packs().flatMap(({ variants }) => variants[0]?.rules ?? []);

      assert.deepEqual(names(inPacks).sort(), names(rules));
      for (const { body, rules: inVariant } of packs().flatMap(({ variants }) => variants)) {
        const template = parse(body) as Template;
        for (const { name, identifier } of inVariant) {
          const properties = template.Resources[logicalId(name)]?.Properties;
          assert.equal(properties?.['ConfigRuleName'], name);
          assert.deepEqual(properties['Source'], { Owner: 'AWS', SourceIdentifier: identifier });
        }
      }
    });
  });
}

function intrinsics(value: unknown): { name: string; argument: unknown }[] {
  const own = intrinsicOf(value);
  if (own !== undefined) return [own];
  if (Array.isArray(value)) return value.flatMap(intrinsics);
  return isObject(value) ? Object.values(value).flatMap(intrinsics) : [];
}
