import { cloudtrailLogging } from '../../../../lambda/remediation/actions/cloudtrail-logging.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { accessKey } from '../../../support/principals.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const trailArn = (name: string) => `arn:aws:cloudtrail:eu-west-1:444455556666:trail/${name}`;
const ARN = trailArn('audit');
const TAGS = {
  'cloudtrail:ListTags': { ResourceTagList: [{ ResourceId: ARN, TagsList: [{ Key: 'env', Value: 'prod' }] }] },
};
const seconds = (time: string) => Date.parse(time) / 1000;
const status = (Name: string) => call('cloudtrail:GetTrailStatus', { Name });

// GuardDuty names who stopped it, and the rules name the account; an exception for one trail holds for that one.
for (const several of [ACCOUNT_RESOURCE, accessKey('IAMUser', 'mallory')]) {
  keepsItsContract({
    action: cloudtrailLogging,
    resource: { Type: 'AwsCloudTrailTrail', Id: ARN },
    before: { IsLogging: false },
    after: { IsLogging: true },
    off: { 'cloudtrail:GetTrailStatus': { IsLogging: false }, ...TAGS },
    on: { 'cloudtrail:GetTrailStatus': { IsLogging: true }, ...TAGS },
    reads: [status(ARN), call('cloudtrail:ListTags', { ResourceIdList: [ARN] })],
    tagReads: ['cloudtrail:ListTags'],
    tags: { env: 'prod' },
    expansion: {
      resource: several,
      answers: {
        'cloudtrail:ListTrails': [
          { Trails: ['old', 'audit'].map((name) => ({ TrailARN: trailArn(name) })), NextToken: 'more' },
          {
            Trails: [
              ...['running', 'never-started'].map((name) => ({ TrailARN: trailArn(name) })),
              // Of the organisation, and of another Region: neither can be started from here.
              { TrailARN: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/all' },
              { TrailARN: 'arn:aws:cloudtrail:us-east-1:444455556666:trail/other' },
            ],
          },
        ],
        'cloudtrail:GetTrailStatus': [
          { IsLogging: false, StopLoggingTime: seconds('2026-10-20T10:00:00.000Z') },
          { IsLogging: false, StopLoggingTime: seconds('2026-11-01T09:55:00.000Z') },
          { IsLogging: true, StopLoggingTime: seconds('2026-11-01T09:55:00.000Z') },
          { IsLogging: false },
        ],
      },
      calls: [
        call('cloudtrail:ListTrails'),
        call('cloudtrail:ListTrails', { NextToken: 'more' }),
        ...['old', 'audit', 'running', 'never-started'].map((name) => status(trailArn(name))),
      ],
      subjects: [{ resourceId: ARN, names: { trail: 'audit' } }],
      sessionResources: ['*', trailArn('*')],
    },
    applies: [call('cloudtrail:StartLogging', { Name: ARN })],
    undoes: [],
    gone: [{ 'cloudtrail:GetTrailStatus': new ServiceError('TrailNotFoundException') }],
    foreign: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::logs' }],
    sessionResources: { plan: ['*', ARN], apply: ['*', ARN], undo: ['*', ARN] },
  });
}
