import { ebsSnapshotBlockPublicAccess } from '../../../../lambda/remediation/actions/ebs-snapshot-block-public-access.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';

const state = (value: string) => ({ 'ec2:GetSnapshotBlockPublicAccessState': { state: value } });

keepsItsContract({
  action: ebsSnapshotBlockPublicAccess,
  resource: ACCOUNT_RESOURCE,
  before: 'unblocked',
  after: 'block-new-sharing',
  off: state('unblocked'),
  on: state('block-new-sharing'),
  reads: [call('ec2:GetSnapshotBlockPublicAccessState')],
  applies: [call('ec2:EnableSnapshotBlockPublicAccess', { State: 'block-new-sharing' })],
  undoes: [call('ec2:DisableSnapshotBlockPublicAccess')],
  foreign: [{ Type: 'AwsEc2Snapshot', Id: 'arn:aws:ec2:eu-west-1:444455556666:snapshot/snap-0a' }],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});
