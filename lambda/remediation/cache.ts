/** Caches of ElastiCache. */
import type { Subject } from './action.ts';
import type { Session } from './aws-call.ts';
import { readTags } from './resource-tags.ts';

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html */
export function cacheTags({ resourceId: ResourceName }: Subject, session: Session) {
  return readTags(async () => (await session.call('elasticache', 'ListTagsForResource', { ResourceName })).TagList);
}
