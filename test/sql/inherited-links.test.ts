import assert from 'node:assert/strict';
import type { LinkRow, RuleRow } from '../../lambda/core/catalogue.ts';
import { inheritLinks } from '../../sql/inherited-links.ts';

function rule(provider: string, ruleKey: string, change: Partial<RuleRow> = {}): RuleRow {
  const advice = { adviceEn: `Mend ${ruleKey}.`, adviceEs: `Corrija ${ruleKey}.` };
  return {
    provider,
    ruleKey,
    kind: 'posture',
    status: 'active',
    notMappable: null,
    inherits: null,
    ...advice,
    ...change,
  };
}

function heir(provider: string, ruleKey: string, inherits: string): RuleRow {
  return rule(provider, ruleKey, { inherits, adviceEn: null, adviceEs: null });
}

const link: LinkRow = {
  provider: 'config',
  ruleKey: 'a',
  techniqueId: 'T1078',
  effect: 'protect',
  score: 'partial',
  tacticIds: ['TA0001'],
  rationale: 'why',
  source: 'judgement',
};

describe('inheritLinks', () => {
  it('writes links, advice and reason of the named rule out for its heir', () => {
    const none = rule('config', 'b', { notMappable: 'informational' });
    const rules = [
      rule('config', 'a'),
      none,
      heir('securityhub', 'A.1', 'config:a'),
      heir('securityhub', 'B.1', 'config:b'),
    ];

    const written = inheritLinks(rules, [link]);

    assert.deepEqual(written.problems, []);
    assert.deepEqual(written.links, [link, { ...link, provider: 'securityhub', ruleKey: 'A.1' }]);
    assert.deepEqual(
      written.rules.slice(2).map(({ adviceEs, notMappable }) => [adviceEs, notMappable]),
      [
        ['Corrija a.', null],
        ['Corrija b.', 'informational'],
      ],
    );
  });

  it('follows a chain to its end', () => {
    const rules = [
      heir('prowler', 'x', 'securityhub:A.1'),
      heir('securityhub', 'A.1', 'config:a'),
      rule('config', 'a'),
    ];

    const { links } = inheritLinks(rules, [link]);

    assert.deepEqual(
      links.map(({ provider }) => provider),
      ['config', 'prowler', 'securityhub'],
    );
  });

  it('leaves advice of the heir itself in place', () => {
    const own = { ...heir('securityhub', 'A.1', 'config:a'), adviceEn: 'Own.', adviceEs: 'Propio.' };

    const { rules } = inheritLinks([rule('config', 'a'), own], [link]);

    assert.deepEqual([rules[1]?.adviceEn, rules[1]?.adviceEs], ['Own.', 'Propio.']);
  });

  it('reports a rule that has links of its own as well', () => {
    const { problems } = inheritLinks([rule('config', 'b'), heir('config', 'a', 'config:b')], [link]);

    assert.deepEqual(
      problems.map(({ message }) => message),
      ['The rule has links of its own. Remove them, or empty this cell.'],
    );
  });

  it('reports a rule that is not there, and a circle', () => {
    const rules = [
      heir('securityhub', 'A.1', 'config:gone'),
      heir('config', 'a', 'config:b'),
      heir('config', 'b', 'config:a'),
    ];

    const { problems } = inheritLinks(rules, []);

    assert.deepEqual(
      problems.map(({ rule: { ruleKey }, message }) => `${ruleKey}: ${message}`),
      [
        'A.1: There is no rule config:gone. Write it like config:restricted-ssh.',
        'a: config:a inherits from this rule in turn. Break the circle.',
        'b: config:b inherits from this rule in turn. Break the circle.',
      ],
    );
  });
});
