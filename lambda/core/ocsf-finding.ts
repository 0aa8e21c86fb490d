/**
 * Reads a finding of the new Security Hub (V2), which is OCSF, as a source finding.
 *
 * Versions from 1.5 to 1.9 have been seen and differ in what they add, so the version is not checked.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/ocsf-findings.html
 */
import { z } from 'zod';
import { MAX_RESOURCES } from './asff-limits.ts';
import { type ParsedFinding, type Resource, type SourceFinding, describeProblems } from './finding.ts';
import { type Instant, NO_INSTANT, formatInstant, instantOfMilliseconds, parseInstant } from './instant.ts';
import type { SeverityLabel } from './severity.ts';

// Security Hub refuses blank text, so no finding of its own has any.
const text = z.string().regex(/\S/, { error: 'is blank' });
const milliseconds = z.number().optional();
const timestamp = z.string().optional();

const ocsf = z
  .object({
    class_uid: z.number(),
    activity_id: z.number().optional(),
    status_id: z.number().optional(),
    severity_id: z.number().optional(),
    time: milliseconds,
    time_dt: timestamp,
    metadata: z.object({
      product: z.object({
        uid: z
          .string()
          .regex(/product(v2)?\/[^/]+\/.+$/, { error: 'names no product (…:productv2/<company>/<product>)' }),
        name: z.string().optional(),
      }),
      processed_time_dt: timestamp,
    }),
    cloud: z.object({
      account: z.object({ uid: z.string().regex(/^\d{12}$/, { error: 'is no account id of 12 digits' }) }),
      region: z.string().optional(),
    }),
    finding_info: z.object({
      uid: text,
      title: text,
      types: z.array(z.string()).optional(),
      modified_time: milliseconds,
      modified_time_dt: timestamp,
      first_seen_time_dt: timestamp,
    }),
    compliance: z
      .object({ status_id: z.number().optional(), status: z.string().optional(), control: z.string().optional() })
      .optional(),
    remediation: z.object({ desc: z.string().optional() }).optional(),
    resources: z
      .array(
        z.object({
          uid: z.string().optional(),
          uid_alt: z.string().optional(),
          name: z.string().optional(),
          type: z.string().optional(),
          region: z.string().optional(),
        }),
      )
      .min(1),
  })
  .refine((finding) => updatedAtOf(finding) !== undefined, {
    path: ['finding_info', 'modified_time'],
    error:
      'is missing or no time (finding_info.modified_time in milliseconds, or one of modified_time_dt, time, time_dt)',
  });

interface Times {
  readonly time?: number | undefined;
  readonly time_dt?: string | undefined;
  readonly finding_info: {
    readonly modified_time?: number | undefined;
    readonly modified_time_dt?: string | undefined;
  };
}

/** Whether a value is OCSF rather than ASFF. */
export function isOcsfFinding(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'class_uid' in value;
}

/** Parses one OCSF finding; a bad one is a value that names each wrong field. */
export function parseOcsfFinding(value: unknown): ParsedFinding {
  const parsed = ocsf.safeParse(value);
  if (!parsed.success) return { problem: describeProblems(parsed.error, value) };
  const found = parsed.data;
  const { product } = found.metadata;
  const firstSeen = parseInstant(found.finding_info.first_seen_time_dt ?? '');
  return {
    finding: {
      id: found.finding_info.uid,
      productArn: product.uid,
      productName: product.name,
      generatorId: found.compliance?.control ?? product.uid,
      accountId: found.cloud.account.uid,
      region: found.cloud.region ?? found.resources[0]?.region ?? '',
      types: (found.finding_info.types ?? []).filter((type) => !NAVIGATION_LABELS.has(type)),
      title: found.finding_info.title,
      severity: { label: SEVERITIES[found.severity_id ?? 0] ?? 'INFORMATIONAL', original: undefined },
      updatedAt: updatedAtOf(found) ?? NO_INSTANT,
      processedAt: parseInstant(found.metadata.processed_time_dt ?? '') ?? NO_INSTANT,
      recordState: found.activity_id === CLOSE || found.status_id === ARCHIVED ? 'ARCHIVED' : 'ACTIVE',
      workflowStatus: WORKFLOW[found.status_id ?? 0] ?? 'NEW',
      complianceStatus: complianceOf(found.compliance),
      securityControlId: found.compliance?.control,
      productFields: {},
      resources: found.resources.slice(0, MAX_RESOURCES).map((resource) => ({
        Type: resource.type?.trim() || 'Other',
        Id: resource.uid_alt?.startsWith('arn:') ? resource.uid_alt : resource.uid || resource.name || 'unknown',
        ...(resource.region ? { Region: resource.region } : {}),
      })) satisfies Resource[],
      firstObservedAt: firstSeen === undefined ? undefined : formatInstant(firstSeen),
      recommendation: found.remediation?.desc,
      sample: false,
      original: value as Readonly<Record<string, unknown>>,
    },
  };
}

/** Labels that the console's navigation adds to `finding_info.types`; they name no rule. */
const NAVIGATION_LABELS = new Set(['Coverage', 'Posture Management', 'Sensitive Data', 'Threats', 'Vulnerabilities']);

/** activity_id of a finding that its provider has closed. https://schema.ocsf.io/ */
const CLOSE = 3;
/** status_id of an archived finding. */
const ARCHIVED = 5;

/** severity_id: 6 is Fatal, which ASFF does not tell from critical. */
const SEVERITIES: Readonly<Record<number, SeverityLabel>> = {
  1: 'INFORMATIONAL',
  2: 'LOW',
  3: 'MEDIUM',
  4: 'HIGH',
  5: 'CRITICAL',
  6: 'CRITICAL',
};

/**
 * status_id: unknown, new, in progress, suppressed, resolved, archived, deleted. A status that OCSF does not name (99,
 * other) keeps the finding open: closing one that is not closed would hide it.
 */
const WORKFLOW: Readonly<Record<number, SourceFinding['workflowStatus']>> = {
  0: 'NEW',
  1: 'NEW',
  2: 'NOTIFIED',
  3: 'SUPPRESSED',
  4: 'RESOLVED',
  5: 'RESOLVED',
  6: 'RESOLVED',
};

type Compliance = z.infer<typeof ocsf>['compliance'];

/** A finding without a control makes no statement of compliance, whatever class it has. */
function complianceOf(compliance: Compliance): SourceFinding['complianceStatus'] {
  if (!compliance || (compliance.status_id === undefined && compliance.status === undefined)) return undefined;
  if (compliance.status_id === 1 || compliance.status === 'Pass') return 'PASSED';
  if (compliance.status_id === 3 || compliance.status === 'Fail') return 'FAILED';
  return compliance.status_id === 2 || compliance.status === 'Warning' ? 'WARNING' : 'NOT_AVAILABLE';
}

function updatedAtOf({ time, time_dt, finding_info }: Times): Instant | undefined {
  const { modified_time, modified_time_dt } = finding_info;
  if (modified_time !== undefined) return instantOfMilliseconds(modified_time);
  return (
    parseInstant(modified_time_dt ?? '') ??
    (time === undefined ? parseInstant(time_dt ?? '') : instantOfMilliseconds(time))
  );
}
