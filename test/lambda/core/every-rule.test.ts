/** Each rule of the catalogue, in every shape in which its provider documents the finding, is that rule and no other. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CatalogueRows, RuleRow } from '../../../lambda/core/catalogue.ts';
import { type CatalogueIndex, indexCatalogue } from '../../../lambda/core/catalogue-index.ts';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { groupBy } from '../../../lambda/core/group-by.ts';
import { identifyRule } from '../../../lambda/core/finding-provider.ts';
import { parseOcsfFinding } from '../../../lambda/core/ocsf-finding.ts';
import { readCatalogueFiles } from '../../../sql/catalogue-files.ts';
import { configFinding, configRuleFinding } from '../../support/source-findings.ts';

type Shape = (name: string) => unknown;

function ofProduct(product: string, change: Record<string, unknown>): Record<string, unknown> {
  return configFinding({
    ProductArn: `arn:aws:securityhub:eu-west-1::product/${product}`,
    ProductName: undefined,
    GeneratorId: 'opaque',
    Title: 'A sentence.',
    Types: ['Software and Configuration Checks'],
    ProductFields: {},
    Compliance: undefined,
    ...change,
  });
}

const typed =
  (product: string): Shape =>
  (name) =>
    ofProduct(product, { Types: [name] });

/** The new Security Hub: the native type stands beside the labels of the console. */
const ocsf =
  (product: string): Shape =>
  (name) => ({
    class_uid: 2004,
    metadata: { product: { uid: `arn:aws:securityhub:eu-west-1::productv2/aws/${product}` } },
    cloud: { account: { uid: '444455556666' }, region: 'eu-west-1' },
    finding_info: { uid: 'f', title: 'A sentence.', types: ['Threats', name], modified_time: 1_795_000_000_000 },
    resources: [{ uid: 'r', type: 'AwsAccount' }],
  });

/** Shapes in which a finding names its rule by the key itself, and those in which it uses one of the aliases. */
const SHAPES: Readonly<Record<string, { readonly key: readonly Shape[]; readonly alias: readonly Shape[] }>> = {
  config: {
    key: [
      configRuleFinding,
      (name) => configRuleFinding(`${name}-conformance-pack-xy12ab34c`),
      (name) => configRuleFinding(`OrgConfigRule-${name}-dbgzf8ba`),
    ],
    alias: [configRuleFinding],
  },
  securityhub: {
    key: [
      (name) =>
        ofProduct('aws/securityhub', {
          GeneratorId: `security-control/${name}`,
          Compliance: { Status: 'FAILED', SecurityControlId: name },
        }),
      (name) =>
        ofProduct('aws/securityhub', {
          GeneratorId: `aws-foundational-security-best-practices/v/1.0.0/${name}`,
          Compliance: { Status: 'FAILED', SecurityControlId: name },
        }),
    ],
    alias: [(name) => ofProduct('aws/securityhub', { GeneratorId: name, Compliance: { Status: 'FAILED' } })],
  },
  guardduty: { key: [ocsf('guardduty')], alias: [typed('aws/guardduty')] },
  macie: { key: [ocsf('macie')], alias: [typed('aws/macie')] },
  inspector: { key: [ocsf('inspector')], alias: [typed('aws/inspector')] },
  'access-analyzer': {
    key: [(name) => ofProduct('aws/access-analyzer', { ProductFields: { findingType: name } })],
    alias: [typed('aws/access-analyzer')],
  },
  'iot-device-defender': {
    key: [
      (name) =>
        name.startsWith('aws:')
          ? ofProduct('aws/iot-device-defender-detect', { ProductFields: { MetricName: name } })
          : ofProduct('aws/iot-device-defender-audit', { ProductFields: { CheckName: name } }),
    ],
    alias: [],
  },
  health: { key: [(name) => ofProduct('aws/health', { GeneratorId: name })], alias: [] },
  'firewall-manager': { key: [(name) => ofProduct('aws/firewall-manager', { Title: name })], alias: [] },
  'ssm-patch-manager': { key: [() => ofProduct('aws/ssm-patch-manager', {})], alias: [] },
  'dns-firewall': { key: [() => ofProduct('amazon/route-53-resolver-dns-firewall-aws-list', {})], alias: [] },
  prowler: { key: [(name) => ofProduct('prowler/prowler', { GeneratorId: `prowler-${name}` })], alias: [] },
};

describe('every rule of the catalogue', () => {
  let rows: CatalogueRows;
  let catalogue: CatalogueIndex;
  /** Every exact name by provider. */
  let names: ReadonlyMap<string, ReadonlySet<string>>;

  before(async () => {
    ({ rows } = await readCatalogueFiles());
    catalogue = indexCatalogue(rows);
    const all = new Map<string, Set<string>>();
    for (const { provider, ruleKey } of rows.rules) all.set(provider, (all.get(provider) ?? new Set()).add(ruleKey));
    for (const { provider, alias } of rows.aliases) all.get(provider)?.add(alias);
    names = all;
  });

  /** What a finding is taken for: `securityhub CloudWatch.1+IAM.20`, or why it is unmapped. */
  function identify(value: unknown): string {
    const parsed = 'class_uid' in (value as object) ? parseOcsfFinding(value) : parseFinding(value);
    assert.ok('finding' in parsed, 'problem' in parsed ? parsed.problem : '');
    const rule = catalogue.findRule(identifyRule(parsed.finding, catalogue.products));
    return rule.outcome === 'mapped' ? `${rule.provider} ${rule.ruleKeys.join('+')}` : rule.reason;
  }

  function expected(rules: readonly RuleRow[]): string {
    const mapped = rules.some(({ notMappable }) => notMappable === null);
    const [first] = rules;
    if (!mapped) return `not-mappable:${first?.notMappable ?? ''}`;
    return `${first?.provider ?? ''} ${rules
      .map(({ ruleKey }) => ruleKey)
      .sort()
      .join('+')}`;
  }

  it('has a documented shape', () => {
    assert.deepEqual(
      [...names.keys()].filter((provider) => !(provider in SHAPES)),
      [],
    );
  });

  it('is identified by its key', () => {
    const ambiguous = new Set(rows.aliases.filter(({ meaning }) => meaning === 'ambiguous').map(({ alias }) => alias));
    for (const rule of rows.rules) {
      const wanted = ambiguous.has(rule.ruleKey) ? 'ambiguous-rule-name' : expected([rule]);
      for (const shape of SHAPES[rule.provider]?.key ?? []) assert.equal(identify(shape(rule.ruleKey)), wanted);
    }
  });

  it('is identified by its other names: as itself, in a union, or as one of several that are meant', () => {
    const byAlias = groupBy(rows.aliases, ({ provider, alias }) => `${provider}\n${alias}`);
    for (const meanings of byAlias.values()) {
      const [{ provider, alias, meaning } = { provider: '', alias: '', meaning: 'same' }] = meanings;
      const rules = rows.rules.filter(
        (rule) => rule.provider === provider && meanings.some(({ ruleKey }) => ruleKey === rule.ruleKey),
      );
      const wanted = meaning === 'ambiguous' ? 'ambiguous-rule-name' : expected(rules);
      for (const shape of SHAPES[provider]?.alias ?? []) assert.equal(identify(shape(alias)), wanted, alias);
    }
  });

  it('is not taken for one whose name was altered in any way', () => {
    const alterations: readonly ((name: string, at: number) => string)[] = [
      (name) => `${name}x`,
      (name) => `${name}-1`,
      (name) => `x${name}`,
      (name) => name.slice(0, -1),
      (name) => name.slice(1),
      (name, at) => name.slice(0, at) + name.slice(at + 1),
      (name, at) => `${name.slice(0, at)}${name.charAt(at)}${name.slice(at)}`,
      (name) => name.toUpperCase(),
      (name) => name.toLowerCase(),
      (name, at) => `${name.slice(0, at)}\u200b${name.slice(at)}`,
      (name) => name.replace('a', '\u0430').replace('e', '\u0435').replace('o', '\u043e'),
      (name) => name.replaceAll('-', '_'),
      (name) => name.replaceAll('-', '\u2010'),
      (name) => `${name} `,
      (name) => ` ${name}`,
      (name) => name.split(/[-:/.]/)[0] ?? '',
    ];
    // The two products that raise one kind of finding name no rule.
    const targets = rows.rules.filter(({ provider }) => !['ssm-patch-manager', 'dns-firewall'].includes(provider));

    fc.assert(
      fc.property(
        fc.nat(targets.length - 1),
        fc.constantFrom(...alterations),
        fc.nat(200),
        fc.nat(10),
        (index, alter, at, which) => {
          const rule = targets[index];
          const shapes = SHAPES[rule?.provider ?? '']?.key ?? [];
          const shape = shapes[which % shapes.length];
          if (!rule || !shape) return;
          const altered = alter(rule.ruleKey, at % rule.ruleKey.length);
          fc.pre(altered.trim() !== '' && !names.get(rule.provider)?.has(altered));
          // An altered name may only look like one with a suffix of AWS's own.
          fc.pre(!/-conformance-pack-|^OrgConfigRule-|^securityhub-/.test(altered));
          assert.match(identify(shape(altered)), /^(unknown-rule|no-rule-key)$/, `${rule.provider} ${altered}`);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('never shares a name with another rule in silence', () => {
    const owners = new Map<string, Set<string>>();
    for (const { provider, alias, ruleKey, meaning } of rows.aliases) {
      if (meaning !== 'same') continue;
      const name = `${provider} ${alias}`;
      owners.set(name, (owners.get(name) ?? new Set()).add(ruleKey));
    }

    assert.deepEqual(
      [...owners].filter(([, rules]) => rules.size > 1).map(([name]) => name),
      [],
    );
  });
});
