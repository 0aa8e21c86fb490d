/** Buckets, whose ARN names no account: every call says whose the bucket has to be. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';
import type { Session } from './aws-call.ts';
import { readTags } from './resource-tags.ts';
import { nameOf, subjectOfArn } from './subject.ts';

/** The bucket, in permissions. */
export const BUCKET = 'arn:{partition}:s3:::{bucket}';

/** A general purpose bucket by its ARN; the Region is that of the finding's resource. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function bucketOf(resource: Resource, source: Source): Subject | undefined {
  const subject = subjectOfArn(resource, source, 's3', /^(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/);
  const { Region } = resource;
  return subject && typeof Region === 'string' && /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(Region)
    ? { ...subject, region: Region }
    : subject;
}

/** The bucket in a call, and whose it has to be. */
export function bucketInput(subject: Pick<Subject, 'names' | 'accountId'>) {
  return { Bucket: nameOf(subject, 'bucket'), ExpectedBucketOwner: subject.accountId };
}

/** None is an error to S3. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export function bucketTags(subject: Subject, session: Session) {
  return readTags(async () => {
    try {
      return (await session.call('s3', 'GetBucketTagging', bucketInput(subject))).TagSet;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchTagSet') return [];
      throw error;
    }
  });
}
