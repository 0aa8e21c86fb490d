/**
 * The use case of the preflight: whether this account and Region can take the product, looked at before anything of it is
 * made. What cannot work is refused with one reason; what will work, but not as somebody may expect, is a warning.
 */
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import { type EventRule, rulesOnOurFindings } from './preflight-rules.ts';

/** Which findings are enriched: those of Security Hub CSPM in ASFF, or those of the new Security Hub in OCSF. */
export type FindingFormat = 'cspm' | 'v2';

/** How an account stands to others in Security Hub. */
export type Administration =
  | { readonly role: 'delegated' | 'inviting' | 'standalone' }
  | { readonly role: 'member'; readonly administratorId: string };

/** What the preflight asks. Each throws where the service does not answer. */
export interface PreflightQuestions {
  /** Undefined where Security Hub (CSPM) is off. */
  hub(): Promise<{ readonly controlFindings: 'consolidated' | 'by-standard' } | undefined>;
  /** Whether the new Security Hub (V2) is on. */
  isV2On(): Promise<boolean>;
  administration(): Promise<Administration>;
  /** Region that findings of others are brought to; undefined where there is no aggregation. */
  homeRegion(): Promise<string | undefined>;
  /** Rules of the default event bus. */
  eventRules(): Promise<readonly EventRule[]>;
}

export interface PreflightAnswers {
  readonly format: FindingFormat;
  /** Whether Security Hub (CSPM) is turned on after the preflight, where it is off. */
  readonly enablesSecurityHub: boolean;
  /** Event rules of the product itself begin so. */
  readonly ownRulePrefix: string;
}

export interface PreflightReport {
  /** What was found, a sentence each. */
  readonly facts: readonly string[];
  readonly warnings: readonly string[];
  /** Names of the event rules that would fire on our findings. */
  readonly firingRules: readonly string[];
}

/** Thrown when the product cannot work here; the message says why and what to do. */
export class PreflightRefused extends Error {
  override readonly name = 'PreflightRefused';
}

/** Rules that a warning names; the rest is counted. */
const RULES_NAMED = 5;

/**
 * Looks at everything that the product relies on.
 *
 * @throws PreflightRefused when it cannot work here; Error when a service does not answer
 */
export async function preflight(
  target: SecurityHubTarget,
  answers: PreflightAnswers,
  questions: PreflightQuestions,
): Promise<PreflightReport> {
  const [hub, v2] = [await questions.hub(), answers.format === 'v2' && (await questions.isV2On())];
  if (hub === undefined && !answers.enablesSecurityHub) {
    throw new PreflightRefused(
      `Security Hub (CSPM) is off in account ${target.accountId}, Region ${target.region}, and only it takes our findings. ` +
        'Turn it on, or answer yes to EnableSecurityHub.',
    );
  }
  if (answers.format === 'v2' && !v2) {
    throw new PreflightRefused(
      `The new Security Hub (V2) is off in account ${target.accountId}, Region ${target.region}, so it sends no findings. ` +
        'Turn it on, or answer cspm to FindingFormat.',
    );
  }

  const { facts, warnings } =
    hub === undefined
      ? {
          facts: ['Security Hub (CSPM) is off and will be turned on'],
          warnings: [
            'Whether this account is the administrator, and this the home Region, could not be looked at. Findings of other ' +
              'accounts and Regions come only once Security Hub is set up so.',
          ],
        }
      : await lookAtHub(target, hub.controlFindings, questions);

  if (answers.format === 'v2' && hub !== undefined) {
    warnings.push(
      'FindingFormat is v2, and Security Hub (CSPM) is on too: what only CSPM has is not enriched. Answer cspm where CSPM ' +
        'has findings of its own.',
    );
  }

  const others = (await questions.eventRules()).filter(({ name }) => !name.startsWith(answers.ownRulePrefix));
  const firingRules = rulesOnOurFindings(others, target);
  if (firingRules.length > 0) {
    const named = firingRules.slice(0, RULES_NAMED).join(', ');
    const rest = firingRules.length - RULES_NAMED;
    warnings.push(
      `These event rules would fire on our findings too: ${named}${rest > 0 ? ` and ${rest} more (see the log)` : ''}. ` +
        'Leave out GeneratorId with the prefix virtual-soc/ where they open tickets.',
    );
  }
  return { facts, warnings, firingRules };
}

async function lookAtHub(
  { accountId, region }: SecurityHubTarget,
  controlFindings: 'consolidated' | 'by-standard',
  questions: PreflightQuestions,
): Promise<{ facts: string[]; warnings: string[] }> {
  const facts = ['Security Hub (CSPM) is on'];
  const warnings: string[] = [];

  const administration = await questions.administration();
  switch (administration.role) {
    case 'member':
      throw new PreflightRefused(
        `Account ${accountId} is a member of Security Hub; its administrator is ${administration.administratorId}. ` +
          'Launch the product there.',
      );
    case 'delegated':
      facts.push("the account is the organisation's administrator");
      break;
    case 'inviting':
      facts.push('the account is the administrator of the members it has invited');
      break;
    case 'standalone':
      facts.push('the account is standalone');
      warnings.push(
        `Account ${accountId} administers no other in Security Hub: only its own findings are enriched. Is it the delegated administrator?`,
      );
  }

  const homeRegion = await questions.homeRegion();
  if (homeRegion === undefined) {
    facts.push('there is no cross-Region aggregation');
    warnings.push(`Findings of no Region but ${region} are enriched: Security Hub has no home Region.`);
  } else if (homeRegion === region) {
    facts.push(`${region} is the home Region`);
  } else {
    throw new PreflightRefused(
      `The home Region of Security Hub is ${homeRegion}, and this is ${region}. Launch the product in ${homeRegion}, ` +
        'where the findings of all Regions come together.',
    );
  }

  facts.push(`control findings are ${controlFindings === 'consolidated' ? 'consolidated' : 'one for each standard'}`);
  return { facts, warnings };
}
