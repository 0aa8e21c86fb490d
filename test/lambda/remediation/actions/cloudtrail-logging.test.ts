import { cloudtrailLogging } from '../../../../lambda/remediation/actions/cloudtrail-logging.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:cloudtrail:eu-west-1:444455556666:trail/audit';
const TRAILS = {
  Trails: [
    { TrailARN: ARN, HomeRegion: 'eu-west-1', Name: 'audit' },
    // Of the organisation, and of another Region: neither can be started from here.
    { TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/all', HomeRegion: 'eu-west-1', Name: 'all' },
    { TrailARN: 'arn:aws:cloudtrail:us-east-1:444455556666:trail/other', HomeRegion: 'us-east-1', Name: 'other' },
  ],
};

for (const resource of [{ Type: 'AwsCloudTrailTrail', Id: ARN }, ACCOUNT_RESOURCE]) {
  const isAccount = resource === ACCOUNT_RESOURCE;
  const arns = isAccount ? 'arn:aws:cloudtrail:eu-west-1:444455556666:trail/*' : ARN;
  keepsItsContract({
    action: cloudtrailLogging,
    resource,
    before: { [ARN]: false },
    after: { [ARN]: true },
    off: { 'cloudtrail:ListTrails': TRAILS, 'cloudtrail:GetTrailStatus': { IsLogging: false } },
    on: { 'cloudtrail:ListTrails': TRAILS, 'cloudtrail:GetTrailStatus': { IsLogging: true } },
    reads: [call('cloudtrail:ListTrails'), call('cloudtrail:GetTrailStatus', { Name: ARN })],
    applies: [call('cloudtrail:StartLogging', { Name: ARN })],
    undoes: [],
    gone: { 'cloudtrail:ListTrails': TRAILS, 'cloudtrail:GetTrailStatus': new ServiceError('TrailNotFoundException') },
    notApplicable: { 'the account has no trail': { 'cloudtrail:ListTrails': { Trails: [] } } },
    foreign: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::logs' }],
    sessionResources: { plan: ['*', arns], apply: ['*', arns], undo: ['*', arns] },
  });
}
