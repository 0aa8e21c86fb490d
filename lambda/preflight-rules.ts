/**
 * Which rules of EventBridge would fire on our findings. Judged by what is the same in all of them; of what differs
 * (titles, severities, resources) any value is taken to be possible, and an operator that is not known here to match: a
 * warning too many costs a look, one too few costs an inbox.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import {
  COMPANY_NAME,
  OWN_GENERATOR_PREFIX,
  PRODUCT_NAME,
  type SecurityHubTarget,
} from './core/security-hub-target.ts';

/** A rule as ListRules gives it. */
export interface EventRule {
  readonly name: string;
  readonly enabled: boolean;
  /** JSON; undefined for a schedule. */
  readonly pattern: string | undefined;
}

/** Names of the rules that would fire on a technique or tactic finding written to a hub. */
export function rulesOnOurFindings(rules: readonly EventRule[], target: SecurityHubTarget): string[] {
  const events: readonly Known[] = [cspmEvent('technique', target), cspmEvent('tactic', target), v2Event(target)];
  return rules
    .filter(({ enabled, pattern }) => enabled && pattern !== undefined && events.some((event) => fires(pattern, event)))
    .map(({ name }) => name);
}

/** What is known of a field: any value, one that starts with a text, one of some values, or the fields in it. */
type Known = typeof ANY | StartsWith | readonly string[] | { readonly [field: string]: Known };

interface StartsWith {
  readonly startsWith: string;
}

const ANY: unique symbol = Symbol('any value');

function envelope(detailType: string, target: SecurityHubTarget, finding: Known): Known {
  return {
    version: ['0'],
    id: ANY,
    'detail-type': [detailType],
    source: ['aws.securityhub'],
    account: [target.accountId],
    time: ANY,
    region: [target.region],
    resources: ANY,
    detail: { findings: finding },
  };
}

function cspmEvent(kind: 'technique' | 'tactic', target: SecurityHubTarget): Known {
  const status = ['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED'];
  return envelope('Security Hub Findings - Imported', target, {
    SchemaVersion: ['2018-10-08'],
    Id: { startsWith: `${OWN_GENERATOR_PREFIX}${kind}/v1/` },
    ProductArn: [target.productArn],
    ProductName: [PRODUCT_NAME],
    CompanyName: [COMPANY_NAME],
    GeneratorId: { startsWith: `${OWN_GENERATOR_PREFIX}${kind}/T` },
    AwsAccountId: [target.accountId],
    AwsAccountName: ANY,
    Region: [target.region],
    Types: { startsWith: 'TTPs/' },
    CreatedAt: ANY,
    UpdatedAt: ANY,
    ProcessedAt: ANY,
    FirstObservedAt: ANY,
    Title: ANY,
    Description: ANY,
    Severity: ANY,
    Remediation: ANY,
    ProductFields: {
      'aws/securityhub/ProductName': [PRODUCT_NAME],
      'aws/securityhub/CompanyName': [COMPANY_NAME],
      'aws/securityhub/FindingId': ANY,
    },
    Resources: ANY,
    RecordState: ['ACTIVE', 'ARCHIVED'],
    Workflow: { Status: status },
    WorkflowState: ANY,
    RelatedFindings: ANY,
    FindingProviderFields: { Severity: ANY, Types: { startsWith: 'TTPs/' }, RelatedFindings: ANY },
    Note: ANY,
    UserDefinedFields: ANY,
  });
}

/** Security Hub passes our findings on to the new one. How it fills most of OCSF's fields is not documented. */
function v2Event(target: SecurityHubTarget): Known {
  return envelope('Findings Imported V2', target, {
    activity_id: ANY,
    activity_name: ANY,
    category_uid: ANY,
    class_name: ANY,
    class_uid: ANY,
    cloud: ANY,
    finding_info: { uid: { startsWith: OWN_GENERATOR_PREFIX }, title: ANY, desc: ANY, types: ANY },
    metadata: ANY,
    resources: ANY,
    severity: ANY,
    severity_id: ANY,
    status: ANY,
    status_id: ANY,
    time: ANY,
    time_dt: ANY,
    type_uid: ANY,
  });
}

function fires(pattern: string, event: Known): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(pattern);
  } catch {
    return true;
  }
  return isObject(parsed) ? allFieldsMatch(parsed, event) : true;
}

/** @param known of the object that the pattern speaks of; undefined where our findings have none */
function allFieldsMatch(pattern: Readonly<Record<string, unknown>>, known: Known | undefined): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or') {
      return Array.isArray(expected) && expected.some((part) => !isObject(part) || allFieldsMatch(part, known));
    }
    const value = fieldOf(known, field);
    if (Array.isArray(expected)) return expected.some((matcher: unknown) => mayMatch(matcher, value));
    return isObject(expected) ? allFieldsMatch(expected, value) : true;
  });
}

function fieldOf(known: Known | undefined, field: string): Known | undefined {
  if (known === ANY) return ANY;
  return known === undefined || isValues(known) || isStartsWith(known) ? undefined : known[field];
}

function mayMatch(matcher: unknown, value: Known | undefined): boolean {
  if (value === ANY) return true;
  const texts = isValues(value) ? value : undefined;
  const isLeaf = texts !== undefined || isStartsWith(value);
  if (isObject(matcher) && 'exists' in matcher) return matcher['exists'] === isLeaf;
  if (texts !== undefined) return texts.some((text) => matches(matcher, text));
  return isStartsWith(value) && mayMatchStart(matcher, value.startsWith);
}

function matches(matcher: unknown, text: string): boolean {
  if (!isObject(matcher)) return matcher === text;
  const [[operator, operand] = ['']] = Object.entries(matcher);
  switch (operator) {
    case 'prefix':
    case 'suffix': {
      const [start, of] = isObject(operand)
        ? [String(operand['equals-ignore-case']).toLowerCase(), text.toLowerCase()]
        : [String(operand), text];
      return operator === 'prefix' ? of.startsWith(start) : of.endsWith(start);
    }
    case 'equals-ignore-case':
      return String(operand).toLowerCase() === text.toLowerCase();
    case 'wildcard':
      return wildcard(String(operand)).test(text);
    case 'numeric':
    case 'cidr':
      return false;
    case 'anything-but':
      return !refused(operand).some((part) => matches(part, text));
    default:
      return true;
  }
}

/** Whether a matcher may match some text that starts so. */
function mayMatchStart(matcher: unknown, start: string): boolean {
  if (!isObject(matcher)) return typeof matcher === 'string' && matcher.startsWith(start);
  const [[operator, operand] = ['']] = Object.entries(matcher);
  switch (operator) {
    case 'prefix': {
      const prefix = isObject(operand) ? String(operand['equals-ignore-case']).toLowerCase() : String(operand);
      const own = isObject(operand) ? start.toLowerCase() : start;
      return prefix.startsWith(own) || own.startsWith(prefix);
    }
    case 'equals-ignore-case':
      return String(operand).toLowerCase().startsWith(start.toLowerCase());
    case 'wildcard': {
      const [head = ''] = String(operand).split('*');
      return head.startsWith(start) || start.startsWith(head);
    }
    case 'numeric':
    case 'cidr':
      return false;
    case 'anything-but':
      // Refused for sure only what refuses every text with this start.
      return !refused(operand).some((part) => {
        if (!isObject(part)) return false;
        const [[kind, text] = []] = Object.entries(part);
        if (kind === 'prefix') return start.startsWith(String(text));
        return kind === 'wildcard' && /^[^*]*\*$/.test(String(text)) && start.startsWith(String(text).slice(0, -1));
      });
    default:
      return true;
  }
}

/** The matchers that an `anything-but` refuses: values, or one operator with a text or several. */
function refused(operand: unknown): unknown[] {
  if (!isObject(operand)) return Array.isArray(operand) ? operand : [operand];
  return Object.entries(operand).flatMap(([operator, texts]) =>
    (Array.isArray(texts) ? (texts as unknown[]) : [texts]).map((text) => ({ [operator]: text })),
  );
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function isValues(known: Known | undefined): known is readonly string[] {
  return Array.isArray(known);
}

function isStartsWith(known: Known | undefined): known is StartsWith {
  return typeof known === 'object' && 'startsWith' in known && typeof known['startsWith'] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
