import assert from 'node:assert/strict';
import { personOf } from '../../../lambda/remediation/person.ts';

const session = (role: string, name: string) => personOf(`arn:aws:sts::111122223333:assumed-role/${role}/${name}`);

describe('personOf', () => {
  it('takes all sessions of a role for one person, whose name nobody vouches for', () => {
    assert.equal(session('Admin', 'ana').id, session('Admin', 'ben').id);
    assert.equal(session('Admin', 'ana').kind, 'unnamed');
  });

  it('tells people of Identity Center apart, whatever permission set they use', () => {
    const ana = session('AWSReservedSSO_Admin_1', 'ana@example.com');

    assert.notEqual(ana.id, session('AWSReservedSSO_Admin_1', 'ben@example.com').id);
    assert.equal(ana.id, session('AWSReservedSSO_Other_2', 'Ana@example.com').id);
    assert.deepEqual(ana.role, { accountId: '111122223333', name: 'AWSReservedSSO_Admin_1' });
  });

  it('tells IAM users apart', () => {
    const ana = personOf('arn:aws:iam::111122223333:user/security/ana');

    assert.equal(ana.kind, 'iam-user');
    assert.notEqual(ana.id, personOf('arn:aws:iam::111122223333:user/ben').id);
  });

  for (const arn of [
    'arn:aws:iam::111122223333:root',
    'arn:aws:sts::111122223333:federated-user/ana',
    'arn:aws:iam::111122223333:user/',
    'automatic',
  ]) {
    it(`knows nobody behind ${arn}`, () => {
      assert.deepEqual(personOf(arn), { kind: 'unnamed', id: arn });
    });
  }
});
