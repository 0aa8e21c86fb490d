/**
 * Starts logging again on the account's trails of the Region that somebody has stopped. Findings of a stopped trail name who
 * did it, or the account, and seldom the trail. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { parseArn, subjectOfArn, subjectOfSourceAccount } from '../subject.ts';

const TRAIL = 'arn:{partition}:cloudtrail:{region}:{account}:trail/{trail}';

/** Whether each trail, by its ARN, is logging. */
interface Logging {
  readonly [trailArn: string]: boolean;
}

export const cloudtrailLogging = action<Logging>({
  id: 'cloudtrail-logging',
  title: 'Starts logging again on stopped trails',
  case: 'defense-impairment',
  techniques: ['T1685', 'T1078'],
  rules: {
    config: ['cloudtrail-enabled', 'multi-region-cloudtrail-enabled'],
    securityhub: ['CloudTrail.1', 'CloudTrail.3'],
    guardduty: ['Stealth:IAMUser/CloudTrailLoggingDisabled'],
  },
  resourceTypes: ['AwsCloudTrailTrail', 'AwsAccount', 'AwsIamAccessKey'],
  risk: 'medium',
  cost: 'what the trail has cost while it was logging',
  irreversible: 'Virtual SOC has no right to stop a trail: aws cloudtrail stop-logging --name TRAIL',
  permissions: {
    read: [
      {
        actions: ['cloudtrail:ListTrails'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html',
      },
      { actions: ['cloudtrail:GetTrailStatus'], resources: [TRAIL] },
    ],
    apply: [{ actions: ['cloudtrail:StartLogging'], resources: [TRAIL] }],
    undo: [],
  },
  goneErrors: ['TrailNotFoundException'],
  identify: (resource, source) =>
    subjectOfArn(resource, source, 'cloudtrail', /^trail\/(?<trail>[\w.-]+)$/) ??
    (['AwsAccount', 'AwsIamAccessKey'].includes(resource.Type)
      ? subjectOfSourceAccount(source, { trail: '*' })
      : undefined),
  read: async ({ resourceId, accountId, region }, session) => {
    const arns: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await session.call('cloudtrail', 'ListTrails', NextToken === undefined ? {} : { NextToken });
      arns.push(...(page.Trails ?? []).flatMap(({ TrailARN }) => TrailARN ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    // Trails of other Regions and of the organisation are listed too, and cannot be started from here.
    const own = arns
      .filter((arn) => parseArn(arn)?.accountId === accountId && parseArn(arn)?.region === region)
      .filter((arn) => resourceId.startsWith('AWS::::Account:') || arn === resourceId)
      .sort();
    if (own.length === 0) {
      return { outcome: 'not-applicable', reason: 'there is no such trail of this account in this Region to start' };
    }
    const state: Record<string, boolean> = {};
    for (const Name of own)
      state[Name] = (await session.call('cloudtrail', 'GetTrailStatus', { Name })).IsLogging ?? false;
    return { state };
  },
  wanted: (state) => Object.fromEntries(Object.keys(state).map((arn) => [arn, true])),
  change: (_subject, from, to) =>
    Object.keys(to)
      .filter((arn) => to[arn] && !from[arn])
      .map((Name) => apiCall('cloudtrail', 'StartLogging', { Name })),
});
