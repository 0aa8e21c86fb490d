/** What the organisation asks of its accounts: the values that actions set. */
import { z } from 'zod';

// Defaults are those of the CIS AWS Foundations Benchmark where it has one, and modest where they cost money.
const passwordPolicy = z.strictObject({
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
  minimumLength: z.int().min(6).max(128).default(14),
  requireSymbols: z.boolean().default(true),
  requireNumbers: z.boolean().default(true),
  requireUppercase: z.boolean().default(true),
  requireLowercase: z.boolean().default(true),
  /** Days; absent: passwords do not expire unless the account says so. */
  maximumAge: z.int().min(1).max(1095).optional(),
  preventReuse: z.int().min(1).max(24).default(24),
});

/** The schema of the standard; every value has a default. */
export const standardSchema = z.strictObject({
  passwordPolicy: passwordPolicy.prefault({}),
  /** Days for which ElastiCache and Redshift keep automatic snapshots. */
  snapshotRetentionDays: z.int().min(1).max(35).default(7),
  /**
   * What is blocked of sharing EBS snapshots with everybody: all, which the rules ask for and which makes public ones
   * unavailable at once, or new sharing alone.
   */
  snapshotBlockPublicAccess: z.enum(['block-all-sharing', 'block-new-sharing']).default('block-all-sharing'),
  /** Days back to which a DynamoDB table can be restored. */
  recoveryDays: z.int().min(1).max(35).default(35),
});

export type Standard = Readonly<z.infer<typeof standardSchema>>;
