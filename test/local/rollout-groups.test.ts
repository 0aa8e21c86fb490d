import assert from 'node:assert/strict';
import fc from 'fast-check';
import { groupAccounts, shortened } from '../../local/rollout/place-groups.ts';
import { stateOf, PLAN_STATES } from '../../local/rollout/plan.ts';
import { PLAN_REASONS, type ReasonCode } from '../../local/rollout/plan-reasons.ts';

const account = fc.integer({ min: 1, max: 40 }).map((number) => String(100_000_000_000 + number));
const region = fc.constantFrom('eu-west-1', 'eu-central-1', 'us-east-1', 'eu-south-1');
/** Places, each once, of which one of a few things is said. */
const places = fc.uniqueArray(fc.record({ account, region, said: fc.constantFrom('a', 'b', 'c') }), {
  maxLength: 160,
  selector: (place) => `${place.account}/${place.region}`,
});

describe('groupAccounts', () => {
  it('puts every place in exactly one part of exactly one group, and says of it there what is said of it', () => {
    fc.assert(
      fc.property(places, (all) => {
        const groups = groupAccounts(all, ({ said }) => said);

        const found = groups.flatMap(({ accounts, parts }) =>
          accounts.flatMap((id) =>
            parts.flatMap(({ regions, said }) => regions.map((name) => `${id}/${name}: ${said.said}`)),
          ),
        );
        const expected = all.map((place) => `${place.account}/${place.region}: ${place.said}`);
        assert.deepEqual(found.sort(), expected.sort());
      }),
    );
  });

  it('has no two groups of which the same could be said, and no account twice', () => {
    // With the Regions always in one order, as a plan has them.
    const ordered = places.map((all) => [...all].sort((a, b) => (a.region < b.region ? -1 : 1)));
    fc.assert(
      fc.property(ordered, (all) => {
        const groups = groupAccounts(all, ({ said }) => said);

        const patterns = groups.map(({ parts }) =>
          JSON.stringify(parts.map(({ regions, said }) => [regions, said.said])),
        );
        assert.equal(new Set(patterns).size, patterns.length);
        const accounts = groups.flatMap((group) => group.accounts);
        assert.equal(new Set(accounts).size, accounts.length);
      }),
    );
  });

  it('begins with the largest group', () => {
    const said = (id: string, what: string) => ({ account: id, region: 'eu-west-1', said: what });

    const groups = groupAccounts([said('3', 'a'), said('1', 'b'), said('2', 'b')], (place) => place.said);

    assert.deepEqual(
      groups.map(({ accounts }) => accounts),
      [['1', '2'], ['3']],
    );
  });
});

describe('stateOf', () => {
  const codes = Object.keys(PLAN_REASONS) as ReasonCode[];

  it('is covered only where nothing at all is the matter', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...codes)), (chosen) => {
        const state = stateOf(chosen.map((code) => ({ code })));

        assert.ok(PLAN_STATES.includes(state));
        assert.equal(state === 'covered', chosen.length === 0);
      }),
    );
  });

  it('never hides what blocks behind what is unknown, nor what is unknown behind a gap', () => {
    assert.equal(stateOf([{ code: 'recorder-unknown' }, { code: 'rule-limit' }]), 'blocked');
    assert.equal(stateOf([{ code: 'recorder-lacks-types' }, { code: 'packs-unknown' }]), 'unknown');
    assert.equal(stateOf([{ code: 'recorder-lacks-types' }]), 'partly');
  });
});

describe('shortened', () => {
  it('names the first, and how many there are beyond', () => {
    assert.equal(shortened(['a', 'b', 'c'], 3), 'a, b, c');
    assert.equal(shortened(['a', 'b', 'c'], 2), 'a, b and 1 more');
  });
});
