/**
 * Limits of the AWS Security Finding Format and of BatchImportFindings. AWS states most of them in prose only, so no
 * SDK checks them: a finding over a limit comes back as a failed import.
 *
 * Characters and counts: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
 * Sizes and rates: https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-batchimportfindings.html
 */
export const MAX_ID_LENGTH = 512;
export const MAX_PRODUCT_ARN_LENGTH = 2048;
export const MAX_TITLE_LENGTH = 256;
export const MAX_DESCRIPTION_LENGTH = 1024;
export const MAX_RECOMMENDATION_TEXT_LENGTH = 512;
export const MAX_SEVERITY_ORIGINAL_LENGTH = 64;
export const MAX_PRODUCT_FIELDS = 50;
export const MAX_PRODUCT_FIELD_VALUE_LENGTH = 2048;
export const MAX_RESOURCES = 32;
export const MAX_RESOURCE_TYPE_LENGTH = 256;
export const MAX_RELATED_FINDINGS = 10;
export const MAX_TYPES = 50;
/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NoteUpdate.html */
export const MAX_NOTE_TEXT_LENGTH = 512;

/** Findings in one BatchImportFindings call. */
export const MAX_FINDINGS_PER_IMPORT = 100;
/** Bytes of one finding, as UTF-8 JSON. AWS says 240 KB without saying which KB: the smaller one is safe. */
export const MAX_FINDING_BYTES = 240_000;
/** Bytes of one BatchImportFindings request: 6 MB, the smaller reading again. */
export const MAX_IMPORT_BYTES = 6_000_000;

/** BatchImportFindings calls a second, sustained, per account and Region. */
export const IMPORT_CALLS_PER_SECOND = 10;
/** BatchImportFindings calls at once, per account and Region. */
export const IMPORT_BURST = 30;

/** Days after which Security Hub deletes an ACTIVE finding that nobody updated.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html */
export const ACTIVE_RETENTION_DAYS = 90;
/** The same for an ARCHIVED finding. */
export const ARCHIVED_RETENTION_DAYS = 30;
/** Days after which an open finding of ours is sent again, well before it would be deleted. */
export const REFRESH_AFTER_DAYS = ACTIVE_RETENTION_DAYS - 15;

/**
 * Cuts text to at most `limit` UTF-16 units, ending in `…` where something was left out, and never in the middle of a
 * character outside the basic plane.
 */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const lastUnit = text.charCodeAt(end - 1);
  const splitsPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff;
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
}
