/** The source finding: the part of ASFF that enrichment relies on, parsed at the boundary. */
import { z } from 'zod';
import { MAX_ID_LENGTH, MAX_PRODUCT_ARN_LENGTH } from './asff-limits.ts';
import { type Instant, NO_INSTANT, formatInstant, parseInstant } from './instant.ts';
import { SEVERITY_LABELS, type SeverityLabel, labelOf } from './severity.ts';

/** One resource of a finding, every field as it came (`Details` included). */
export type Resource = Readonly<Record<string, unknown>> & { readonly Id: string; readonly Type: string };

/** A finding of Security Hub, whichever of its two formats it came in. */
export interface SourceFinding {
  readonly id: string;
  /** Contains `product/<company>/<product>`. */
  readonly productArn: string;
  readonly productName: string | undefined;
  readonly generatorId: string;
  /** The account that owns the finding, 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** What the provider said first (FindingProviderFields), then what the finding says now. */
  readonly types: readonly string[];
  readonly title: string;
  readonly severity: { readonly label: SeverityLabel; readonly original: string | undefined };
  readonly updatedAt: Instant;
  /** {@link NO_INSTANT} where the finding does not carry it. */
  readonly processedAt: Instant;
  readonly recordState: 'ACTIVE' | 'ARCHIVED';
  readonly workflowStatus: 'NEW' | 'NOTIFIED' | 'RESOLVED' | 'SUPPRESSED';
  readonly complianceStatus: 'PASSED' | 'WARNING' | 'FAILED' | 'NOT_AVAILABLE' | undefined;
  readonly securityControlId: string | undefined;
  readonly productFields: Readonly<Record<string, string>>;
  /** At least one, in the order of the finding. */
  readonly resources: readonly Resource[];
  /** ISO 8601 in UTC with milliseconds. */
  readonly firstObservedAt: string | undefined;
  readonly recommendation: string | undefined;
  readonly sample: boolean;
  /** The finding as it came, unknown fields and all. */
  readonly original: Readonly<Record<string, unknown>>;
}

/** A finding, or what is wrong with it in words for the person who sent it. */
export type ParsedFinding = { readonly finding: SourceFinding } | { readonly problem: string };

// Security Hub refuses blank text, so no finding of its own has any.
const text = z.string().regex(/\S/, { error: 'is blank' });
const timestamp = z.string().transform((value, context) => {
  const instant = parseInstant(value);
  if (instant === undefined) context.addIssue('is no ISO 8601 timestamp such as 2026-11-20T08:30:00.000Z');
  return instant ?? NO_INSTANT;
});
const severity = z.object({
  Label: z.enum(SEVERITY_LABELS).optional(),
  Normalized: z.number().min(0).max(100).optional(),
  Original: z.string().optional(),
});

// Required are the attributes that ASFF requires; all others are optional, and `original` keeps those that are not named here.
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
const asff = z.object({
  SchemaVersion: text,
  Id: text.max(MAX_ID_LENGTH, { error: `is longer than ${MAX_ID_LENGTH} characters` }),
  ProductArn: z
    .string()
    .max(MAX_PRODUCT_ARN_LENGTH, { error: `is longer than ${MAX_PRODUCT_ARN_LENGTH} characters` })
    .regex(/product\/[^/]+\/[^/]+$/, { error: 'names no product (…:product/<company>/<product>)' }),
  GeneratorId: text.max(MAX_ID_LENGTH, { error: `is longer than ${MAX_ID_LENGTH} characters` }),
  AwsAccountId: z.string().regex(/^\d{12}$/, { error: 'is no account id of 12 digits' }),
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
  ProcessedAt: timestamp.optional(),
  FirstObservedAt: z.string().optional(),
  Title: text,
  Description: z.string(),
  Region: z.string().optional(),
  ProductName: z.string().optional(),
  Types: z.array(z.string()).optional(),
  Severity: severity.optional(),
  FindingProviderFields: z.object({ Types: z.array(z.string()).optional(), Severity: severity.optional() }).optional(),
  ProductFields: z.record(z.string(), z.string()).optional(),
  Resources: z
    .array(z.object({ Id: text, Type: text, Region: z.string().optional() }))
    .min(1, { error: 'is empty: at least one resource is needed' }),
  Workflow: z.object({ Status: z.enum(['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED']).optional() }).optional(),
  RecordState: z.enum(['ACTIVE', 'ARCHIVED']).optional(),
  Compliance: z
    .object({
      Status: z.enum(['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE']).optional(),
      SecurityControlId: z.string().optional(),
    })
    .optional(),
  Remediation: z.object({ Recommendation: z.object({ Text: z.string().optional() }).optional() }).optional(),
  Sample: z.boolean().optional(),
});

/** What is known of a finding that has passed the check. */
type OriginalFinding = Readonly<Record<string, unknown>> & {
  readonly Resources: readonly Resource[];
};

/**
 * Parses one ASFF finding. Unknown fields are kept in `original`. A bad finding is a value: the problem names each
 * wrong field, for example `UpdatedAt: is no ISO 8601 timestamp …`.
 */
export function parseFinding(value: unknown): ParsedFinding {
  const parsed = asff.safeParse(value);
  if (!parsed.success) return { problem: describeProblems(parsed.error, value) };
  const found = parsed.data;
  // As it came, unknown fields and all: what was parsed has only the fields it names.
  const original = value as OriginalFinding;
  const firstObserved = parseInstant(found.FirstObservedAt ?? '');
  const provided = found.FindingProviderFields;
  // What the finding says now, then what its provider sent: a customer's rule may have changed only a part of it.
  const label = labelIn(found.Severity) ?? labelIn(provided?.Severity) ?? 'INFORMATIONAL';
  const severityOriginal = found.Severity?.Original ?? provided?.Severity?.Original;
  return {
    finding: {
      id: found.Id,
      productArn: found.ProductArn,
      productName: found.ProductName ?? found.ProductFields?.['aws/securityhub/ProductName'],
      generatorId: found.GeneratorId,
      accountId: found.AwsAccountId,
      region: found.Region ?? found.Resources[0]?.Region ?? regionOf(found.ProductArn),
      types: provided?.Types?.length ? [...new Set([...provided.Types, ...(found.Types ?? [])])] : (found.Types ?? []),
      title: found.Title,
      severity: { label, original: severityOriginal },
      updatedAt: found.UpdatedAt,
      processedAt: found.ProcessedAt ?? NO_INSTANT,
      recordState: found.RecordState ?? 'ACTIVE',
      workflowStatus: found.Workflow?.Status ?? 'NEW',
      complianceStatus: found.Compliance?.Status,
      securityControlId: found.Compliance?.SecurityControlId,
      productFields: found.ProductFields ?? {},
      resources: original.Resources,
      firstObservedAt: firstObserved === undefined ? undefined : formatInstant(firstObserved),
      recommendation: found.Remediation?.Recommendation?.Text,
      sample: found.Sample ?? false,
      original,
    },
  };
}

function labelIn(stated: z.infer<typeof severity> | undefined): SeverityLabel | undefined {
  return stated?.Label ?? (stated?.Normalized === undefined ? undefined : labelOf(stated.Normalized));
}

/** Problems of one finding that are named; a damaged list of thousands would fill the log. */
const PROBLEMS_SHOWN = 5;

/** Words for a person: `Id: is missing; Resources: needs at least one entry`. No value of the finding is quoted. */
export function describeProblems(error: z.ZodError, value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the finding is not a JSON object';
  const more = error.issues.length - PROBLEMS_SHOWN;
  const described = error.issues
    .slice(0, PROBLEMS_SHOWN)
    .map((issue) => {
      const path = issue.path.map(String).join('.');
      return `${path}: ${issue.code === 'invalid_type' && valueAt(value, issue.path) === undefined ? 'is missing' : lowerFirst(issue.message)}`;
    })
    .join('; ');
  return more > 0 ? `${described}; and ${more} more` : described;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Fourth part of the ARN from `securityhub:` on; an ARN of AWS's own examples has a colon too many before it. */
function regionOf(productArn: string): string {
  return /securityhub:([a-z0-9-]*):/.exec(productArn)?.[1] ?? '';
}
