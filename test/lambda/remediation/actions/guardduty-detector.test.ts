import { guarddutyDetector } from '../../../../lambda/remediation/actions/guardduty-detector.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ID = '12abc34d567e8fa901bc2d34e56789f0';
const DETECTORS = 'arn:aws:guardduty:eu-west-1:444455556666:detector/*';
const detector = (status: string) => ({
  'guardduty:ListDetectors': { detectorIds: [ID] },
  'guardduty:GetDetector': { status, serviceRole: 'role' },
});

keepsItsContract({
  action: guarddutyDetector,
  resource: ACCOUNT_RESOURCE,
  before: { [ID]: 'DISABLED' },
  after: { [ID]: 'ENABLED' },
  off: detector('DISABLED'),
  on: detector('ENABLED'),
  reads: [call('guardduty:ListDetectors'), call('guardduty:GetDetector', { DetectorId: ID })],
  applies: [call('guardduty:UpdateDetector', { DetectorId: ID, enable: true })],
  undoes: [],
  gone: [
    { 'guardduty:ListDetectors': { detectorIds: [] } },
    // It is deleted between one read and the next.
    {
      'guardduty:ListDetectors': { detectorIds: [ID] },
      'guardduty:GetDetector': new ServiceError('BadRequestException'),
    },
  ],
  // What GuardDuty's administrator does not let a member do is one too.
  vagueErrors: ['BadRequestException'],
  foreign: [{ Type: 'AwsGuardDutyDetector', Id: `arn:aws:guardduty:eu-west-1:444455556666:detector/${ID}` }],
  sessionResources: { plan: ['*', DETECTORS], apply: ['*', DETECTORS], undo: ['*', DETECTORS] },
});
