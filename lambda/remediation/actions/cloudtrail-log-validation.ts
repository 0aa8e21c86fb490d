/** Turns on log file validation of a trail. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { TRAIL, trailOf, trailTags } from '../trail.ts';

export const cloudtrailLogValidation = action<{ readonly LogFileValidationEnabled: boolean }>({
  id: 'cloudtrail-log-validation',
  title: 'Turns on log file validation of the trail',
  case: 'impact',
  techniques: ['T1485', 'T1685'],
  rules: { config: ['cloud-trail-log-file-validation-enabled'], securityhub: ['CloudTrail.4'] },
  resourceTypes: ['AwsCloudTrailTrail'],
  risk: 'low',
  permissions: {
    read: [{ actions: ['cloudtrail:GetTrail', 'cloudtrail:ListTags'], resources: [TRAIL] }],
    apply: [{ actions: ['cloudtrail:UpdateTrail'], resources: [TRAIL] }],
    undo: [{ actions: ['cloudtrail:UpdateTrail'], resources: [TRAIL] }],
  },
  goneErrors: ['TrailNotFoundException'],
  identify: trailOf,
  read: async (subject, session) => {
    const { resourceId, accountId } = subject;
    const { Trail } = await session.call('cloudtrail', 'GetTrail', { Name: resourceId });
    if (Trail === undefined) return { outcome: 'gone', reason: 'CloudTrail does not describe the trail' };
    // The member's shadow of an organisation's trail can be changed from the management account alone.
    if (Trail.IsOrganizationTrail && Trail.TrailARN?.split(':')[4] !== accountId) {
      return { outcome: 'not-applicable', reason: 'the trail belongs to the organisation' };
    }
    return {
      state: { LogFileValidationEnabled: Trail.LogFileValidationEnabled ?? false },
      ...(await trailTags(subject, session)),
    };
  },
  wanted: () => ({ LogFileValidationEnabled: true }),
  change: ({ resourceId }, _from, { LogFileValidationEnabled }) => [
    apiCall('cloudtrail', 'UpdateTrail', { Name: resourceId, EnableLogFileValidation: LogFileValidationEnabled }),
  ],
});
