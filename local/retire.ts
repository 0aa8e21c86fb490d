/** `vsoc retire`: archives our findings in Security Hub before an uninstall. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { findingImport, securityHubClient } from '../lambda/adapters/security-hub.ts';
import { IMPORT_BURST, IMPORT_CALLS_PER_SECOND } from '../lambda/core/asff-limits.ts';
import type { SecurityHubTarget } from '../lambda/core/security-hub-target.ts';
import type { ImportFailure } from '../lambda/enrich-finding.ts';
import { activeElsewhere, activeSlices, GET_BURST, GET_CALLS_PER_SECOND, paceGetFindings } from './active-findings.ts';
import { describeTarget } from './aws-hub.ts';
import { callBudget } from './call-budget.ts';
import { EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { jsonText } from './json-text.ts';
import { showProgress } from './progress.ts';
import { retireFindings } from './retirement.ts';

export interface RetireOptions {
  readonly region?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What a run found or did, as `--json` prints it. */
interface RetireReport {
  readonly account: string;
  readonly region: string;
  readonly dryRun: boolean;
  /** Findings that are ACTIVE: with `--dry-run` all that would be archived, otherwise those that could not be. */
  readonly active: number;
  readonly archived: number;
  readonly refused: readonly ImportFailure[];
  /** Findings kept being opened, so that there was no end. */
  readonly stillOpening: boolean;
  /** Technique findings of ours that are ACTIVE in other accounts and Regions, by `account/Region`: not reached from here. */
  readonly elsewhere: Readonly<Record<string, number>>;
  /** What to do now, in words. */
  readonly next: string;
}

/** The part of it that is about the hub. */
type HubReport = Omit<RetireReport, 'elsewhere'>;

/** Runs the command and returns its exit code. Throws with a message for people where Security Hub does not answer. */
export async function retireCommand(options: RetireOptions): Promise<number> {
  const target = await describeTarget(options.region);
  const client = securityHubClient(target.region);
  paceGetFindings(client, callBudget(GET_CALLS_PER_SECOND, GET_BURST));
  try {
    const here = options.dryRun ? await count(client, target) : await retire(client, target);
    const elsewhere = Object.fromEntries(await activeElsewhere(client, target));
    const isElsewhere = Object.keys(elsewhere).length > 0;
    const report = { ...here, elsewhere, next: isElsewhere ? BRING_HOME : here.next };
    process.stdout.write(options.json ? jsonText(report) : reportText(report));
    if (options.dryRun) return EXIT_DONE;
    return report.refused.length > 0 || report.stillOpening || isElsewhere ? EXIT_FAILED : EXIT_DONE;
  } finally {
    client.destroy();
  }
}

async function count(client: SecurityHubClient, target: SecurityHubTarget): Promise<HubReport> {
  const ids = new Set<string | undefined>();
  const progress = showProgress('active findings counted');
  try {
    for await (const slice of activeSlices(client, target)) {
      for (const { Id } of slice) ids.add(Id);
      progress.update(ids.size);
    }
  } finally {
    progress.stop();
  }
  const next = ids.size > 0 ? 'run it without --dry-run.' : AFTERWARDS;
  return { ...hubOf(target), dryRun: true, active: ids.size, archived: 0, refused: [], stillOpening: false, next };
}

async function retire(client: SecurityHubClient, target: SecurityHubTarget): Promise<HubReport> {
  const progress = showProgress('findings archived');
  let soFar = 0;
  try {
    const retirement = await retireFindings({
      activeSlices: () => activeSlices(client, target),
      securityHub: findingImport(client, callBudget(IMPORT_CALLS_PER_SECOND, IMPORT_BURST)),
      now: () => new Date(),
      pause: sleep,
      onProgress: (archived) => progress.update((soFar = archived)),
    });
    const { refused, stillOpening } = retirement;
    const next = stillOpening ? STOP_FIRST : refused.length > 0 ? AGAIN : AFTERWARDS;
    return { ...hubOf(target), dryRun: false, active: refused.length, ...retirement, next };
  } catch (error) {
    const message = error instanceof Error ? error.message || error.name : String(error);
    throw new Error(`${message} (${soFar} archived so far; run it again for the rest)`, { cause: error });
  } finally {
    progress.stop();
  }
}

const AFTERWARDS =
  'terminate the provisioned product in Service Catalog, and soon: until then its functions open findings again. ' +
  'After that run vsoc retire once more, then delete the stack sets and the portfolio.';
const STOP_FIRST =
  'findings are opened faster than a run can end. Terminate the provisioned product in Service Catalog first, then run ' +
  'vsoc retire again.';
const BRING_HOME =
  'the findings of other accounts are archived there by the function reconcile, once it is told to write to the hub. In ' +
  'Service Catalog answer hub to PublishTo, run reconcile, and then vsoc retire again: see docs/uninstall.md.';
const AGAIN = 'run it again. What is archived stays so, and what was refused is tried once more.';

function hubOf({ accountId, region }: SecurityHubTarget): Pick<RetireReport, 'account' | 'region'> {
  return { account: accountId, region };
}

/** Plain text, so that it can be copied into a ticket. */
function reportText({ account, region, dryRun, active, archived, refused, elsewhere, next }: RetireReport): string {
  const lines = [`Security Hub of ${account} in ${region}: ${dryRun ? found(active) : done(archived, refused.length)}`];
  if (refused.length > 0) {
    // Anybody in the account may import a finding that looks like ours: its Id is not to reach the terminal as it is.
    lines.push(
      `Not archived (${refused.length}):`,
      ...refused.map(({ id, code }) => `  ${id}: ${code}`.replace(/[\0-\x1f\x7f-\x9f]/g, ' ')),
    );
  }
  const places = Object.entries(elsewhere);
  if (places.length > 0) {
    lines.push('Active in other accounts and Regions:', ...places.map(([place, number]) => `  ${place}: ${number}`));
  }
  return `${[...lines, `Next: ${next}`].join('\n')}\n`;
}

function found(active: number): string {
  if (active === 0) return 'no finding of ours is active.';
  return active === 1
    ? '1 finding of ours is active and would be archived.'
    : `${active} findings of ours are active and would be archived.`;
}

function done(archived: number, refused: number): string {
  if (archived === 0) return refused === 0 ? 'no finding of ours is active.' : 'nothing was archived.';
  return archived === 1 ? '1 finding of ours was archived.' : `${archived} findings of ours were archived.`;
}
