/** Enables the suspended GuardDuty detector again. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UpdateDetector.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { subjectOfAccount } from '../subject.ts';

const DETECTOR = 'arn:{partition}:guardduty:{region}:{account}:detector/*';

export const guarddutyDetector = action<{ readonly [detectorId: string]: 'ENABLED' | 'DISABLED' }>({
  id: 'guardduty-detector',
  title: 'Enables the suspended GuardDuty detector',
  case: 'defense-impairment',
  techniques: ['T1685', 'T1078', 'T1496'],
  rules: {
    config: ['guardduty-enabled-centralized'],
    securityhub: ['GuardDuty.1'],
  },
  resourceTypes: ['AwsAccount'],
  risk: 'low',
  cost: 'GuardDuty charges for the events and logs that it analyses',
  irreversible:
    'Virtual SOC has no right to suspend GuardDuty: aws guardduty update-detector --detector-id ID --no-enable',
  permissions: {
    read: [
      {
        actions: ['guardduty:ListDetectors'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonguardduty.html',
      },
      { actions: ['guardduty:GetDetector'], resources: [DETECTOR] },
    ],
    apply: [{ actions: ['guardduty:UpdateDetector'], resources: [DETECTOR] }],
    undo: [],
  },
  // GuardDuty has one error for whatever is wrong with a call, so that a change which it refuses has failed.
  goneErrors: [],
  identify: subjectOfAccount,
  read: async (_subject, session) => {
    const { DetectorIds = [] } = await session.call('guardduty', 'ListDetectors', {});
    const state: Record<string, 'ENABLED' | 'DISABLED'> = {};
    for (const DetectorId of [...DetectorIds].sort()) {
      const detector = await detectorIfAny(session.call('guardduty', 'GetDetector', { DetectorId }));
      if (detector) state[DetectorId] = detector.Status === 'ENABLED' ? 'ENABLED' : 'DISABLED';
    }
    if (Object.keys(state).length === 0) {
      return {
        outcome: 'gone',
        reason: 'there is no detector to enable, or none any more; the GuardDuty administrator creates it',
      };
    }
    return { state };
  },
  wanted: (state) => Object.fromEntries(Object.keys(state).map((id) => [id, 'ENABLED'] as const)),
  change: (_subject, from, to) =>
    Object.keys(to)
      .filter((id) => to[id] === 'ENABLED' && from[id] !== 'ENABLED')
      .map((DetectorId) => apiCall('guardduty', 'UpdateDetector', { DetectorId, Enable: true })),
});

/** Undefined where a detector that was listed just now has been deleted: nothing else is wrong with asking for it. */
async function detectorIfAny<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && error.name === 'BadRequestException') return undefined;
    throw error;
  }
}
