import assert from 'node:assert/strict';
import { adversaryExposure } from '../../../lambda/core/campaign-exposure.ts';
import { type Evidence, techniqueStates } from '../../../lambda/core/technique-state.ts';
import { MATRIX_CATALOGUE, evidence, openTechnique } from '../../support/matrix.ts';

const ranked = (some: Partial<Evidence>) =>
  adversaryExposure(techniqueStates(evidence(some), MATRIX_CATALOGUE), MATRIX_CATALOGUE);

describe('adversaryExposure', () => {
  it('ranks by the share of cloud steps that are open', () => {
    const [first, second] = ranked({
      open: [openTechnique(), openTechnique({ techniqueId: 'T1110', tacticIds: ['TA0006'] })],
    });

    assert.deepEqual([first?.adversary.id, first?.open, first?.steps.length], ['G0016', 1, 1]);
    assert.deepEqual([second?.adversary.id, second?.open, second?.steps.length], ['C0027', 1, 2]);
  });

  it('says of each step whether it is exposed, detectable or blind', () => {
    const [campaign] = ranked({ open: [openTechnique()] });

    assert.deepEqual(campaign?.steps, [
      { techniqueId: 'T1078', state: 'exposed' },
      { techniqueId: 'T1530', state: 'blind' },
    ]);
    assert.deepEqual([campaign?.byState.exposed, campaign?.byState.blind], [1, 1]);
  });

  it('takes a step for open where a sub-technique of it is', () => {
    const [campaign] = ranked({ open: [openTechnique({ techniqueId: 'T1078.004' })] });

    assert.equal(campaign?.steps[0]?.state, 'exposed');
  });

  it('counts steps outside the cloud matrix apart', () => {
    assert.equal(ranked({}).find(({ adversary }) => adversary.id === 'C0027')?.adversary.otherTechniques, 1);
  });
});
