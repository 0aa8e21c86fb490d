import assert from 'node:assert/strict';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { mapFinding } from '../../../lambda/core/map-finding.ts';
import { smallCatalogue } from '../../support/small-catalogue.ts';
import { configFinding, configRuleFinding } from '../../support/source-findings.ts';

function map(value: Record<string, unknown>) {
  const parsed = parseFinding(value);
  assert.ok('finding' in parsed);
  const { rule, unknownTechniques } = mapFinding(parsed.finding, smallCatalogue);
  const techniques =
    rule.outcome === 'mapped'
      ? rule.techniques.map(
          ({ technique, tactics, score }) => `${technique.id} ${tactics.map(({ id }) => id).join('+')} ${score}`,
        )
      : [`unmapped: ${rule.reason}`];
  return { rule, techniques, unknownTechniques };
}

function sequence(indicators: Record<string, string[]>, type = 'AttackSequence:IAM/CompromisedCredentials') {
  return configFinding({
    ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
    Types: [`TTPs/${type}`],
    ProductFields: {},
    Compliance: undefined,
    Detection: {
      Sequence: { SequenceIndicators: Object.entries(indicators).map(([Key, Values]) => ({ Key, Values })) },
    },
  });
}

describe('mapFinding', () => {
  it('takes the techniques of the rule for most findings', () => {
    assert.deepEqual(map(configRuleFinding('restricted-ssh')).techniques, [
      'T1040 TA0007 partial',
      'T1110 TA0006 partial',
    ]);
  });

  it('takes the techniques that an attack sequence names itself, in the tactics that it names', () => {
    const { techniques, unknownTechniques, rule } = map(
      sequence({
        ATTACK_TECHNIQUE: ['T1485 - Data Destruction', 'T1040 - Network Sniffing', 'Valid Accounts'],
        ATTACK_TACTIC: ['Impact', 'Discovery'],
      }),
    );

    assert.deepEqual(techniques, ['T1040 TA0007 significant', 'T1078 TA0001 significant', 'T1485 TA0040 significant']);
    assert.deepEqual(unknownTechniques, []);
    assert.deepEqual(rule.outcome === 'mapped' && [rule.provider, rule.kind], ['guardduty', 'threat']);
  });

  it("takes a withdrawn technique through ATT&CK's redirects", () => {
    assert.deepEqual(map(sequence({ ATTACK_TECHNIQUE: ['T1003'] })).techniques, ['T1110 TA0006 significant']);
  });

  it("lists what it does not know and then uses the rule's own links as well", () => {
    const own = sequence({ ATTACK_TECHNIQUE: ['T1110', 'T9999 - Sorcery'] }, 'Discovery/Recon:EC2-Portscan');
    const known = map({ ...own, Types: ['TTPs/Discovery/Recon:EC2-Portscan', 'TTPs/AttackSequence:X'] });

    assert.deepEqual(known.techniques, ['T1040 TA0007 partial', 'T1110 TA0006 significant']);
    assert.deepEqual(known.unknownTechniques, ['T9999 - Sorcery']);
  });

  it('stays with the rule where nothing that the sequence names is known', () => {
    const { techniques, unknownTechniques } = map(sequence({ ATTACK_TECHNIQUE: ['T9999'] }));

    assert.deepEqual(techniques, ['unmapped: unknown-rule']);
    assert.deepEqual(unknownTechniques, ['T9999']);
  });

  it('believes the labels of a product that the catalogue says so of, and of no other', () => {
    const labelled = (product: string) =>
      configFinding({
        ProductArn: `arn:aws:securityhub:eu-west-1:517716713836:product/${product}`,
        GeneratorId: 'detection-7',
        Types: ['TTPs/Credential Access/T1110'],
        ProductFields: {},
      });

    assert.deepEqual(map(labelled('crowdstrike/crowdstrike-falcon')).techniques, ['T1110 TA0006 significant']);
    assert.deepEqual(map(labelled('prowler/prowler')).techniques, ['unmapped: unknown-provider']);
    assert.deepEqual(map(labelled('unheard/of')).techniques, ['unmapped: unknown-provider']);
  });

  it("does not let labels outdo the reviewed links of GuardDuty's other types", () => {
    const finding = {
      ...sequence({ ATTACK_TECHNIQUE: ['T1485'] }),
      Types: ['TTPs/Discovery/Recon:EC2-Portscan'],
    };

    assert.deepEqual(map(finding).techniques, ['T1040 TA0007 partial']);
  });
});
