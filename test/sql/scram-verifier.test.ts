import assert from 'node:assert/strict';
import { scramVerifier } from '../../sql/scram-verifier.ts';

describe('scramVerifier', () => {
  it('gives what PostgreSQL itself stores for the password and salt', () => {
    // Made by PostgreSQL 15: CREATE ROLE … PASSWORD 'pencil', then read from pg_authid.
    const stored =
      'SCRAM-SHA-256$4096:LMZZs9BAIFbYoVEDhsd5wg==$JPIPvA66d7CkEddYzerWgk9+LSh8F4MMjtVHiwhfjWM=:nM/q/qxF110AW1vKMpNQ8gRBYLfFcIgAGJ6jKrYoUMk=';

    assert.equal(scramVerifier('pencil', Buffer.from('LMZZs9BAIFbYoVEDhsd5wg==', 'base64')), stored);
  });

  it('gives another verifier each time, so that equal passwords do not show', () => {
    assert.notEqual(scramVerifier('pencil'), scramVerifier('pencil'));
  });

  it('refuses a password that would have to be normalised first', () => {
    assert.throws(() => scramVerifier('contraseña'), RangeError);
  });
});
