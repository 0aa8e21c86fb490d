import assert from 'node:assert/strict';
import {
  checkConformancePack,
  checkConformancePacks,
  MOST_PACK_BYTES,
  MOST_PACK_PARAMETERS,
  MOST_RULES,
  packBytes,
} from '../../stacksets/check-conformance-pack.ts';
import type { ManagedRules } from '../../stacksets/managed-rule.ts';
import { madePack, madeRule, madeRules } from '../support/made-rules.ts';

describe('checkConformancePack', () => {
  it('takes 130 rules, and refuses rule 131 by its name', () => {
    const most = checkConformancePack(madePack(madeRules(130)));
    const more = checkConformancePack(madePack(madeRules(131)));

    assert.deepEqual(most, []);
    assert.deepEqual(
      more.map(({ pack, rule }) => [pack, rule]),
      [['virtual-soc-identity', 'made-rule-131']],
    );
    assert.match(more[0]?.message ?? '', /^is rule 131 of the pack, which takes 130: move/);
  });

  it('takes a body of 51,200 bytes, and refuses byte 51,201', () => {
    const rules = [madeRule('made-rule')];
    const check = (bytes: number) => checkConformancePack(madePack(rules, 'é'.repeat(100).padEnd(bytes - 100, 'x')));

    assert.deepEqual(check(MOST_PACK_BYTES), []);
    assert.match(
      check(MOST_PACK_BYTES + 1)[0]?.message ?? '',
      /has 51201 bytes, and 51200 are allowed: leave rules out/,
    );
  });

  it('refuses a rule that AWS has withdrawn, does not know, or knows under another identifier', () => {
    const managed = (active: boolean, identifier: string): ManagedRules =>
      new Map([['made-rule', { name: 'made-rule', identifier, active, parameters: [] }]]);
    const check = (managedRules: ManagedRules) =>
      checkConformancePack(madePack([madeRule('made-rule')]), managedRules).map(({ message }) => message);

    assert.deepEqual(check(managed(true, 'MADE_RULE')), []);
    assert.deepEqual(check(managed(false, 'MADE_RULE')), ['is withdrawn by AWS: remove it, or name its successor']);
    assert.deepEqual(check(managed(true, 'OTHER_RULE')), ['has the identifier OTHER_RULE, not MADE_RULE']);
    assert.deepEqual(check(new Map()), ['is no managed rule of AWS Config: correct its name']);
  });

  it('refuses a rule that is there twice', () => {
    const problems = checkConformancePack(madePack([madeRule('made-rule'), madeRule('made-rule')]));

    assert.deepEqual(problems, [
      { pack: 'virtual-soc-identity', rule: 'made-rule', message: 'is in the pack twice: remove one' },
    ]);
  });

  it('refuses a rule in a Region that does not have it', () => {
    const problems = checkConformancePack(madePack([madeRule('made-rule', { missingIn: ['eu-west-1', 'sa-east-1'] })]));

    assert.deepEqual(
      problems.map(({ message }) => message),
      ['AWS Config does not have it in eu-west-1: leave it out of the pack there'],
    );
  });

  it('refuses parameter 61, and a name of 129 characters', () => {
    const rules = madeRules(MOST_PACK_PARAMETERS, { parameters: [{ name: 'days', value: '90', exposed: true }] });
    const another = madeRule('a'.repeat(129), { parameters: [{ name: 'days', value: '90', exposed: true }] });

    const most = checkConformancePack(madePack(rules));
    const more = checkConformancePack(madePack([...rules, another]));

    assert.deepEqual(most, []);
    assert.deepEqual(
      more.map(({ message }) => message),
      [
        'the pack asks for 61 parameters, and 60 are allowed: expose fewer',
        'has a name of 129 characters, and 128 are allowed: shorten it',
      ],
    );
  });

  it('refuses a value that the template around the pack would fill in', () => {
    const parameters = [{ name: 'pattern', value: '${aws:username}', exposed: false }];

    const problems = checkConformancePack(madePack([madeRule('made-rule', { parameters })]));

    assert.match(problems[0]?.message ?? '', /^the pack holds \$\{aws:username\}, which the template around it/);
  });
});

describe('checkConformancePacks', () => {
  it('refuses the same rule in two packs of a Region', () => {
    const one = madePack([madeRule('made-rule')]);

    const problems = checkConformancePacks([one, { ...one, name: 'virtual-soc-resilience' }]);

    assert.deepEqual(problems, [
      { pack: 'virtual-soc-resilience', rule: 'made-rule', message: 'is in virtual-soc-identity as well: remove one' },
    ]);
  });

  it('refuses more packs, and more rules, than an account and Region takes', () => {
    const packs = (count: number, rules: number) =>
      Array.from({ length: count }, (_, pack) => ({
        ...madePack(
          Array.from({ length: rules }, (_, rule) => madeRule(`made-rule-${pack}-${rule}`)),
          '',
        ),
        name: `virtual-soc-${pack}`,
      }));

    assert.deepEqual(checkConformancePacks(packs(50, MOST_RULES / 50)), []);
    assert.match(checkConformancePacks(packs(51, 1))[0]?.message ?? '', /^eu-west-1 would get 51 packs/);
    assert.match(checkConformancePacks(packs(11, 100))[0]?.message ?? '', /^eu-west-1 would get 1100 rules/);
  });
});

describe('packBytes', () => {
  it('counts bytes, and the longest text that placeholders become', () => {
    assert.equal(packBytes('é'), 2);
    assert.equal(packBytes('${AWS::AccountId}'), 17);
  });
});
