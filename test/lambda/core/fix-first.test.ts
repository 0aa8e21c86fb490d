import assert from 'node:assert/strict';
import { fixFirst } from '../../../lambda/core/fix-first.ts';
import { ELSEWHERE, MATRIX_CATALOGUE, THREAT, openTechnique } from '../../support/matrix.ts';

const rankOf = (...open: Parameters<typeof fixFirst>[0]) => fixFirst(open, MATRIX_CATALOGUE);

describe('fixFirst', () => {
  it('puts the rule first that closes most techniques', () => {
    const ranked = rankOf(
      openTechnique({ ruleKey: 'bucket-private', techniqueId: 'T1530', severity: 'CRITICAL' }),
      openTechnique({ severity: 'LOW' }),
      openTechnique({ severity: 'LOW', techniqueId: 'T1110' }),
    );

    assert.deepEqual(
      ranked.map(({ ruleKey, closes }) => [ruleKey, closes]),
      [
        ['mfa', 2],
        ['bucket-private', 1],
      ],
    );
  });

  it('closes nothing that another rule keeps open in the same account and Region', () => {
    const shared = openTechnique({ techniqueId: 'T1110' });
    const other = openTechnique({ techniqueId: 'T1110', ruleKey: 'password-policy' });

    assert.deepEqual(
      rankOf(shared, other).map(({ closes }) => closes),
      [0, 0],
    );
    assert.deepEqual(
      rankOf(shared, { ...other, ...ELSEWHERE }).map(({ closes }) => closes),
      [1, 1],
    );
  });

  it('decides by severity, then by accounts', () => {
    const buckets = (place = {}) => openTechnique({ ruleKey: 'bucket-private', techniqueId: 'T1530', ...place });
    const high = openTechnique({ ruleKey: 'password-policy', techniqueId: 'T1110' });
    const alsoHigh = openTechnique({ ruleKey: 'mfa', techniqueId: 'T1110' });

    assert.equal(rankOf(buckets(), { ...high, severity: 'CRITICAL' })[0]?.ruleKey, 'password-policy');
    assert.equal(
      rankOf(high, alsoHigh, { ...alsoHigh, ...ELSEWHERE }, { ...high, ...ELSEWHERE, accountId: high.accountId })[0]
        ?.ruleKey,
      'mfa',
    );
  });

  it('leaves out threats, which nobody can mend by a rule, and what was suppressed', () => {
    assert.deepEqual(rankOf(THREAT, openTechnique({ isSuppressed: true })), []);
  });

  it('says what to do first, in both languages', () => {
    assert.deepEqual(rankOf(openTechnique())[0]?.advice, { en: 'Fix mfa.', es: 'Corrija mfa.' });
  });
});
