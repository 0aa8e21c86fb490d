/** Tables of DynamoDB. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';
import type { Output, Session } from './aws-call.ts';
import { readTags } from './resource-tags.ts';
import { subjectOfArn } from './subject.ts';

/** The table, in permissions. */
export const TABLE = 'arn:{partition}:dynamodb:{region}:{account}:table/{table}';

/** A table by its ARN. */
export function tableOf(resource: Resource, source: Source): Subject | undefined {
  return subjectOfArn(resource, source, 'dynamodb', /^table\/(?<table>[\w.-]+)$/);
}

/** All pages. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html */
export function tableTags({ resourceId: ResourceArn }: Subject, session: Session) {
  return readTags(async () => {
    const tags: NonNullable<Output<'dynamodb', 'ListTagsOfResource'>['Tags']> = [];
    let NextToken: string | undefined;
    do {
      const page = await session.call('dynamodb', 'ListTagsOfResource', {
        ResourceArn,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      tags.push(...(page.Tags ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return tags;
  });
}
