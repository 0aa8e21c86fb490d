/** Caches of ElastiCache. A finding's resource has no type of its own in ASFF, so the ARN alone decides. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';
import type { Output, Session } from './aws-call.ts';
import { readTags } from './resource-tags.ts';
import { nameOf, subjectOfArn } from './subject.ts';

/** What the two actions on snapshots share: they answer the same findings, each for the caches that are its own. */
export const CACHE_SNAPSHOTS = {
  case: 'impact',
  techniques: ['T1485'],
  rules: {
    config: ['elasticache-redis-cluster-automatic-backup-check', 'elasticache-automatic-backup-check-enabled'],
    securityhub: ['ElastiCache.1'],
  },
  resourceTypes: [],
  risk: 'low',
  cost: 'ElastiCache charges for the storage of snapshots, and taking one slows the node',
} as const;

/** A cluster, in permissions. */
export const CACHE_CLUSTER = 'arn:{partition}:elasticache:{region}:{account}:cluster:{cluster}';

/** The cluster that a resource is: one of a replication group, or one by itself. */
export function cacheClusterOf(resource: Pick<Resource, 'Id'>, source: Source): Subject | undefined {
  return subjectOfArn(resource, source, 'elasticache', /^cluster:(?<cluster>[a-z][a-z0-9-]*)$/i);
}

/** ARN of a cluster of this name. */
export function cacheClusterArn(
  { partition, region, accountId }: Pick<Subject, 'partition' | 'region' | 'accountId'>,
  cluster: string,
): string {
  return `arn:${partition}:elasticache:${region}:${accountId}:cluster:${cluster}`;
}

/** Names by which ElastiCache says that there is no such cluster, in the wire format and in the SDK. */
export const NO_CACHE_CLUSTER: readonly string[] = ['CacheClusterNotFound', 'CacheClusterNotFoundFault'];

/** Undefined where there is none. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html */
export async function readCacheCluster(
  subject: Subject,
  session: Session,
): Promise<NonNullable<Output<'elasticache', 'DescribeCacheClusters'>['CacheClusters']>[number] | undefined> {
  try {
    const { CacheClusters: [cluster] = [] } = await session.call('elasticache', 'DescribeCacheClusters', {
      CacheClusterId: nameOf(subject, 'cluster'),
    });
    return cluster;
  } catch (error) {
    if (error instanceof Error && NO_CACHE_CLUSTER.includes(error.name)) return undefined;
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html */
export function cacheTags({ resourceId: ResourceName }: Subject, session: Session) {
  return readTags(async () => (await session.call('elasticache', 'ListTagsForResource', { ResourceName })).TagList);
}
