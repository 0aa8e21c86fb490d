import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Evidence,
  type OpenTechnique,
  type Sensor,
  TECHNIQUE_STATES,
  techniqueStates,
  worstState,
} from '../../../lambda/core/technique-state.ts';
import { ELSEWHERE, HERE, MATRIX_CATALOGUE, THREAT, check, evidence, openTechnique } from '../../support/matrix.ts';

const stateOf = (techniqueId: string, some: Partial<Evidence>) =>
  techniqueStates(evidence(some), MATRIX_CATALOGUE).stateOf(techniqueId);
const guardDuty = (isOn: boolean): Sensor => ({ ...HERE, provider: 'guardduty', isOn });

describe('techniqueStates', () => {
  it('calls an open threat finding observed, whatever else is known', () => {
    const everything = {
      open: [THREAT, openTechnique()],
      checks: [check('mfa'), check('trail', { outcome: 'failed' as const })],
      sensors: [guardDuty(false)],
    };

    assert.equal(stateOf('T1078', everything), 'observed');
  });

  it('calls an open finding with a protect link exposed, also where a sensor is off', () => {
    assert.equal(stateOf('T1078', { open: [openTechnique()], sensors: [guardDuty(false)] }), 'exposed');
  });

  it('calls a technique blind whose sensor is off, although a protecting rule passed', () => {
    assert.equal(stateOf('T1110', { checks: [check('mfa')], sensors: [guardDuty(false)] }), 'blind');
  });

  it('calls a technique blind where a rule that watches a sensor failed, is unknown, or was suppressed while it failed', () => {
    const failing = openTechnique({ ruleKey: 'trail', effect: 'detect' });

    assert.equal(stateOf('T1078', { open: [failing] }), 'blind');
    assert.equal(stateOf('T1078', { open: [{ ...failing, isSuppressed: true }] }), 'blind');
    assert.equal(stateOf('T1078', { checks: [check('mfa'), check('trail', { outcome: 'failed' })] }), 'blind');
    assert.equal(stateOf('T1078', { checks: [check('mfa'), check('trail', { outcome: 'unchecked' })] }), 'blind');
  });

  it('calls a technique blind everywhere that nothing native detects, although a protecting rule passed', () => {
    assert.equal(stateOf('T1538', {}), 'blind');
    assert.equal(stateOf('T1530', { checks: [check('bucket-private')] }), 'blind');
  });

  it('takes a control that says GuardDuty is off for all that GuardDuty detects', () => {
    const off = openTechnique({
      provider: 'securityhub',
      ruleKey: 'GuardDuty.1',
      techniqueId: 'T1078.004',
      effect: 'detect',
    });
    const states = techniqueStates(evidence({ open: [off] }), MATRIX_CATALOGUE);

    assert.equal(states.stateOf('T1110'), 'blind');
    assert.deepEqual(states.blindReasonsOf('T1110'), [
      { why: 'sensor-off', provider: 'guardduty', ruleKey: undefined, places: [0] },
    ]);
    assert.equal(stateOf('T1110', { checks: [check('GuardDuty.1', { provider: 'securityhub' })] }), 'detectable');
  });

  it('calls a technique protected where a significant rule passed and none failed', () => {
    assert.equal(stateOf('T1110', { checks: [check('mfa')], sensors: [guardDuty(true)] }), 'protected');
  });

  it('protects by no rule that passed with a lesser score, is retired, or passed beside one that failed', () => {
    const on = { sensors: [guardDuty(true)] };

    assert.equal(stateOf('T1110', { ...on, checks: [check('password-policy')] }), 'detectable');
    assert.equal(stateOf('T1110', { ...on, checks: [check('retired-mfa')] }), 'detectable');
    assert.equal(
      stateOf('T1110', { ...on, checks: [check('mfa'), check('password-policy', { outcome: 'failed' })] }),
      'detectable',
    );
    const suppressed = openTechnique({ techniqueId: 'T1110', ruleKey: 'password-policy', isSuppressed: true });
    assert.equal(stateOf('T1110', { ...on, checks: [check('mfa')], open: [suppressed] }), 'detectable');
  });

  it('calls a technique detectable only by positive evidence', () => {
    assert.equal(stateOf('T1110', { sensors: [guardDuty(true)] }), 'detectable');
    assert.equal(stateOf('T1078', { checks: [check('trail')] }), 'detectable');
    assert.equal(stateOf('T1110', {}), 'no-evidence');
  });

  it('keeps accounts and Regions apart, and shows the worst of them together', () => {
    const states = techniqueStates(
      evidence({ checks: [check('mfa')], sensors: [{ ...ELSEWHERE, provider: 'config', isOn: true }] }),
      MATRIX_CATALOGUE,
    );

    assert.deepEqual(states.places, [HERE, ELSEWHERE]);
    assert.deepEqual(states.statesOf('T1110'), ['protected', 'no-evidence']);
    assert.equal(states.stateOf('T1110'), 'no-evidence');
  });

  it('reads a rule of several keys as each of them, and an unknown rule as a threat', () => {
    assert.equal(stateOf('T1110', { checks: [check('mfa;password-policy')] }), 'protected');
    assert.equal(
      stateOf('T1078', { open: [openTechnique({ provider: 'acme', ruleKey: 'new', effect: 'detect' })] }),
      'observed',
    );
  });

  it('never protects without a rule that passed, and never shows a blind technique as anything better', () => {
    const place = fc.constantFrom(HERE, ELSEWHERE);
    const open = fc.record({
      place,
      techniqueId: fc.constantFrom('T1078', 'T1110', 'T1530', 'T1538', 'T1055'),
      rule: fc.constantFrom(
        ['config', 'mfa'],
        ['config', 'trail'],
        ['guardduty', 'Attack:Login'],
        ['securityhub', 'GuardDuty.1'],
        ['wild', '__proto__'],
      ),
      effect: fc.constantFrom('protect', 'detect', 'respond'),
      isSuppressed: fc.boolean(),
    });
    const checks = fc.record({
      place,
      ruleKey: fc.constantFrom('mfa', 'trail', 'password-policy', 'retired-mfa', 'bucket-private', 'constructor'),
      outcome: fc.constantFrom('passed', 'failed', 'unchecked'),
    });
    const sensors = fc.record({ place, provider: fc.constantFrom('guardduty', 'config'), isOn: fc.boolean() });

    fc.assert(
      fc.property(fc.array(open), fc.array(checks), fc.array(sensors), (opened, checked, sensed) => {
        const some: Evidence = {
          open: opened.map(({ place: at, rule: [provider = '', ruleKey = ''], effect, ...rest }): OpenTechnique =>
            openTechnique({ ...at, provider, ruleKey, effect: effect, ...rest }),
          ),
          checks: checked.map(({ place: at, ruleKey, outcome }) => check(ruleKey, { ...at, outcome: outcome })),
          sensors: sensed.map(({ place: at, ...sensor }) => ({ ...at, ...sensor })),
        };
        const states = techniqueStates(some, MATRIX_CATALOGUE);
        for (const techniqueId of MATRIX_CATALOGUE.techniques.keys()) {
          for (const [index, state] of states.statesOf(techniqueId).entries()) {
            const { accountId, region } = states.places[index] ?? HERE;
            const isHere = (found: { accountId: string; region: string }) =>
              found.accountId === accountId && found.region === region;
            const passed = some.checks.some((found) => isHere(found) && found.outcome === 'passed');
            if (state === 'protected') assert.ok(passed);
            const isBlind = states.blindReasonsOf(techniqueId).some(({ places }) => places.includes(index));
            if (isBlind) assert.ok(['observed', 'exposed', 'blind'].includes(state), state);
            else assert.notEqual(state, 'blind');
          }
        }
      }),
    );
  });
});

describe('worstState', () => {
  it('takes nothing known for worse than protected: one protected account says nothing about the others', () => {
    assert.equal(worstState(['protected', 'no-evidence', 'detectable']), 'no-evidence');
    assert.equal(worstState(['protected', 'detectable']), 'detectable');
    assert.equal(worstState(['protected', 'protected']), 'protected');
    assert.equal(worstState([...TECHNIQUE_STATES]), 'observed');
    assert.equal(worstState([]), 'no-evidence');
  });
});
