import assert from 'node:assert/strict';
import { ebsSnapshotBlockPublicAccess } from '../../../../lambda/remediation/actions/ebs-snapshot-block-public-access.ts';
import { standardSchema } from '../../../../lambda/remediation/standard.ts';
import {
  ACCOUNT,
  ACCOUNT_RESOURCE,
  NOW,
  SOURCE,
  call,
  isExceptedBy,
  keepsItsContract,
} from '../../../support/action-contract.ts';

const state = (value: string, managedBy = 'account') => ({
  'ec2:GetSnapshotBlockPublicAccessState': { state: value, managedBy },
});
const enable = (State: string) => call('ec2:EnableSnapshotBlockPublicAccess', { State });

// AWS Config names the setting, whose Id is the account.
for (const Type of ['AwsEc2SnapshotBlockPublicAccess', 'AWS::EC2::SnapshotBlockPublicAccess', 'AwsAccount']) {
  keepsItsContract({
    action: ebsSnapshotBlockPublicAccess,
    resource: { Type, Id: ACCOUNT },
    before: 'unblocked',
    after: 'block-all-sharing',
    off: state('unblocked'),
    on: state('block-all-sharing'),
    reads: [call('ec2:GetSnapshotBlockPublicAccessState')],
    applies: [enable('block-all-sharing')],
    undoes: [call('ec2:DisableSnapshotBlockPublicAccess')],
    undoesTo: [{ before: 'block-new-sharing', undoes: [enable('block-new-sharing')] }],
    gone: 'always there',
    notApplicable: { 'the organisation sets it': state('unblocked', 'declarative-policy') },
    foreign: [{ Type: 'AwsEc2Snapshot', Id: 'arn:aws:ec2:eu-west-1:444455556666:snapshot/snap-0a' }],
    sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
  });
}

describe('ebs-snapshot-block-public-access, more', () => {
  it('blocks as much as the standard says, and never less than what is blocked', () => {
    const subject = ebsSnapshotBlockPublicAccess.identify(ACCOUNT_RESOURCE, SOURCE);
    assert.ok(subject);
    const standard = standardSchema.parse({ snapshotBlockPublicAccess: 'block-new-sharing' });
    const wanted = (before: string) => ebsSnapshotBlockPublicAccess.wanted(before, { subject, standard, now: NOW });

    assert.deepEqual(['unblocked', 'block-new-sharing', 'block-all-sharing'].map(wanted), [
      'block-new-sharing',
      'block-new-sharing',
      'block-all-sharing',
    ]);
  });

  it('reaches every snapshot of the Region: an exception for one holds against the whole', () => {
    const isExcepted = (exception: object) => isExceptedBy(ebsSnapshotBlockPublicAccess, exception);
    for (const region of ['eu-west-1', '*']) {
      for (const account of ['', ACCOUNT]) {
        assert.ok(
          isExcepted({ resources: [`arn:aws:ec2:${region}:${account}:snapshot/snap-0a`] }),
          `${region} ${account}`,
        );
      }
    }
    assert.ok(isExcepted({ actions: ['ebs-snapshot-private'], tags: { shared: 'yes' } }));

    assert.ok(!isExcepted({ resources: [`arn:aws:ec2:us-east-1:${ACCOUNT}:snapshot/snap-0a`] }));
    assert.ok(!isExcepted({ resources: ['arn:aws:ec2:eu-west-1:777788889999:snapshot/snap-0a'] }));
    assert.ok(!isExcepted({ actions: ['ebs-snapshot-private'], accounts: ['777788889999'] }));
  });
});
