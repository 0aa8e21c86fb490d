/** Trails of CloudTrail. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';
import type { Session } from './aws-call.ts';
import { readTags } from './resource-tags.ts';
import { subjectOfArn } from './subject.ts';

/** The trail, in permissions. */
export const TRAIL = 'arn:{partition}:cloudtrail:{region}:{account}:trail/{trail}';

/** A trail by its ARN. */
export function trailOf(resource: Pick<Resource, 'Id'>, source: Source): Subject | undefined {
  return subjectOfArn(resource, source, 'cloudtrail', /^trail\/(?<trail>[\w.-]+)$/);
}

/** There are no more pages than one. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html */
export function trailTags({ resourceId }: Subject, session: Session) {
  return readTags(async () => {
    const { ResourceTagList: [trail] = [] } = await session.call('cloudtrail', 'ListTags', {
      ResourceIdList: [resourceId],
    });
    return trail?.TagsList;
  });
}
