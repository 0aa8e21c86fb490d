/** The four switches of S3 Block Public Access. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */

/** Null where none was ever set. */
export type PublicAccessBlock = {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
} | null;

/** All on: nothing weaker, so there is nothing to merge. */
export const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
} as const;

/** The error of a bucket or account without a setting. */
const NOT_SET = 'NoSuchPublicAccessBlockConfiguration';

interface Reply {
  readonly PublicAccessBlockConfiguration?:
    { readonly [K in keyof typeof ALL_BLOCKED]?: boolean | undefined } | undefined;
}

/** What a read answers, no setting being one of the answers. */
export async function readPublicAccessBlock(read: () => Promise<Reply>): Promise<PublicAccessBlock> {
  try {
    const { PublicAccessBlockConfiguration: block = {} } = await read();
    return {
      BlockPublicAcls: block.BlockPublicAcls ?? false,
      IgnorePublicAcls: block.IgnorePublicAcls ?? false,
      BlockPublicPolicy: block.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: block.RestrictPublicBuckets ?? false,
    };
  } catch (error) {
    if (error instanceof Error && error.name === NOT_SET) return null;
    throw error;
  }
}
