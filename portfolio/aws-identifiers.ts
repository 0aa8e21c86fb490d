/** Shapes of what AWS gives ids to, as a configuration may hold them. */
import { z } from 'zod';

export const accountId = z
  .string({ error: "must be an account id in quotes, like '111122223333'" })
  .regex(/^\d{12}$/, { error: 'must be an account id of 12 digits' });

export const region = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, { error: 'must be a Region such as eu-west-1' });

export const organizationId = z
  .string()
  .regex(/^o-[a-z0-9]{10,32}$/, { error: 'must be an organization id such as o-exampleorgid' });

export const organizationalUnitId = z.string().regex(/^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/, {
  error: 'must be the id of an organizational unit such as ou-exmp-sec00001',
});

/** Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Root.html */
export const rootId = z.string().regex(/^r-[0-9a-z]{4,32}$/, { error: 'must be the id of a root such as r-exmp' });

export const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, { error: 'must be a bucket name without dots' });

export const topicArn = z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, {
  error: 'must be the ARN of an SNS topic',
});
