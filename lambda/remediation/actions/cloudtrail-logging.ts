/**
 * Starts logging again on a trail that somebody has stopped. Findings of a stopped trail name who did it, or the account, and
 * seldom the trail. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
 */
import type { Subject } from '../action.ts';
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { parseArn, subjectOfSourceAccount } from '../subject.ts';
import { TRAIL, trailOf, trailTags } from '../trail.ts';

/**
 * Milliseconds before the finding was last seen in which a trail has to have been stopped for the finding to be about it. What
 * was stopped long before is so on purpose, or has been seen already; a person starts it.
 */
const RECENT = 7 * 24 * 60 * 60_000;

export const cloudtrailLogging = action<{ readonly IsLogging: boolean }>({
  id: 'cloudtrail-logging',
  title: 'Starts logging again on the stopped trail',
  case: 'defense-impairment',
  techniques: ['T1685', 'T1078'],
  // Not CloudTrail.1: it asks for a multi-Region trail, which starting whichever is stopped need not give.
  rules: {
    config: ['cloudtrail-enabled'],
    securityhub: ['CloudTrail.3'],
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
      { actions: ['cloudtrail:GetTrailStatus', 'cloudtrail:ListTags'], resources: [TRAIL] },
    ],
    apply: [{ actions: ['cloudtrail:StartLogging'], resources: [TRAIL] }],
    undo: [],
  },
  goneErrors: ['TrailNotFoundException'],
  identify: (resource, source) =>
    trailOf(resource, source) ??
    (['AwsAccount', 'AwsIamAccessKey'].includes(resource.Type)
      ? subjectOfSourceAccount(source, { trail: '*' })
      : undefined),
  // A Region has five trails at the most. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
  expand: async (subject, session) => {
    if (parseArn(subject.resourceId) !== undefined) return [subject];
    const trails: Subject[] = [];
    let NextToken: string | undefined;
    do {
      const page = await session.call('cloudtrail', 'ListTrails', NextToken === undefined ? {} : { NextToken });
      trails.push(...(page.Trails ?? []).flatMap(({ TrailARN = '' }) => ownTrail(subject, TrailARN) ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const stopped: Subject[] = [];
    for (const trail of trails) {
      const { IsLogging, StopLoggingTime } = await session.call('cloudtrail', 'GetTrailStatus', {
        Name: trail.resourceId,
      });
      const since = Date.parse(subject.observedAt) - RECENT;
      if (!IsLogging && (StopLoggingTime?.getTime() ?? 0) >= since) stopped.push(trail);
    }
    return stopped;
  },
  read: async (subject, session) => {
    const { IsLogging } = await session.call('cloudtrail', 'GetTrailStatus', { Name: subject.resourceId });
    return { state: { IsLogging: IsLogging ?? false }, ...(await trailTags(subject, session)) };
  },
  wanted: () => ({ IsLogging: true }),
  change: ({ resourceId: Name }) => [apiCall('cloudtrail', 'StartLogging', { Name })],
});

/** Trails of other Regions and of the organisation are listed too, and cannot be started from here. */
function ownTrail(account: Subject, Id: string): Subject | undefined {
  const { accountId, region, partition, observedAt } = account;
  const trail = trailOf({ Id }, { accountId, region, partition, updatedAt: observedAt });
  return trail?.accountId === accountId && trail.region === region ? trail : undefined;
}
