import { cloudtrailLogValidation } from '../../../../lambda/remediation/actions/cloudtrail-log-validation.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:cloudtrail:eu-west-1:444455556666:trail/audit';
const trail = (changes: object) => ({
  'cloudtrail:GetTrail': { Trail: { TrailARN: ARN, IsOrganizationTrail: false, ...changes } },
  'cloudtrail:ListTags': { ResourceTagList: [{ ResourceId: ARN, TagsList: [{ Key: 'env', Value: 'prod' }] }] },
});

keepsItsContract({
  action: cloudtrailLogValidation,
  resource: { Type: 'AwsCloudTrailTrail', Id: ARN },
  before: { LogFileValidationEnabled: false },
  after: { LogFileValidationEnabled: true },
  off: trail({ LogFileValidationEnabled: false }),
  on: trail({ LogFileValidationEnabled: true }),
  reads: [call('cloudtrail:GetTrail', { Name: ARN }), call('cloudtrail:ListTags', { ResourceIdList: [ARN] })],
  tagReads: ['cloudtrail:ListTags'],
  tags: { env: 'prod' },
  applies: [call('cloudtrail:UpdateTrail', { Name: ARN, EnableLogFileValidation: true })],
  undoes: [call('cloudtrail:UpdateTrail', { Name: ARN, EnableLogFileValidation: false })],
  gone: [{ 'cloudtrail:GetTrail': new ServiceError('TrailNotFoundException') }, { 'cloudtrail:GetTrail': {} }],
  notApplicable: {
    'the trail is of the organisation': trail({
      TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit',
      IsOrganizationTrail: true,
    }),
  },
  foreign: [
    { Type: 'AwsCloudTrailTrail', Id: 'audit' },
    { Type: 'AwsCloudTrailTrail', Id: 'arn:aws:cloudtrail:eu-west-1:444455556666:eventdatastore/1' },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
