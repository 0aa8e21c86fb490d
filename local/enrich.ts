/** `vsoc enrich`: a file of findings in, technique and tactic findings out. */
import os from 'node:os';
import path from 'node:path';
import type { Language } from '../lambda/core/catalogue.ts';
import { describeTarget } from './aws-hub.ts';
import { BadUsage } from './bad-usage.ts';
import { type DatabaseChoice, openDatabase, type ReadyDatabase } from './database.ts';
import { type RunReport, runEnrichment } from './enrichment-run.ts';
import { EXIT_BAD_USAGE, EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { claimHub } from './hub-claim.ts';
import { type InputItem, readInput } from './input-file.ts';
import { inputHub } from './input-hub.ts';
import { surveyInput } from './input-survey.ts';
import { jsonText } from './json-text.ts';
import { checkMappingFile } from './mapping-file.ts';
import { prepareOutput, summaryOf, writeResults, type Results } from './output-directory.ts';
import { readTacticFindings, readTechniqueFindings } from './own-findings.ts';
import { readPosture } from './posture.ts';
import { showProgress } from './progress.ts';
import { reportHtml } from './report/report-html.ts';
import { countByTactic, countersOf, countSources, readUnknownTechniques, readUnmapped } from './results.ts';
import { startSecurityHub } from './security-hub/server.ts';
import { summaryText } from './summary-table.ts';

export interface EnrichOptions {
  readonly out: string;
  readonly language: Language;
  readonly now?: Date;
  readonly account?: string;
  readonly region?: string;
  readonly publish?: boolean;
  readonly json?: boolean;
  /** Also write the technique findings as CSV. */
  readonly csv?: boolean;
  /** Also write the technique findings as OCSF Detection Findings. */
  readonly ocsf?: boolean;
  /** Connection URL of a PostgreSQL server to use instead of the embedded one. */
  readonly database?: string;
  /** The user's own mappings, a file that `sql/customer-mappings.ts` reads. */
  readonly catalogue?: string;
}

/** Runs the command and returns its exit code. Throws with a message for people where it cannot work at all. */
export async function enrichCommand(file: string, options: EnrichOptions): Promise<number> {
  await checkMappingFile(options.catalogue);
  const items = await readInput(file);
  await prepareOutput(options.out);
  const results = options.publish ? await publish(items, options) : await enrichHere(items, options);
  await writeResults(options.out, results, options);
  process.stdout.write(
    options.json ? jsonText(summaryOf(results)) : `${summaryText(results)}Written to ${options.out}/.\n`,
  );
  return exitCodeOf(results);
}

/** Bad input is 2 although the rest was done; a finding that Security Hub did not take is a failure of the run. */
export function exitCodeOf({ rejected, undelivered }: Pick<Results, 'rejected' | 'undelivered'>): number {
  if (undelivered.length > 0) return EXIT_FAILED;
  return rejected.length > 0 ? EXIT_BAD_USAGE : EXIT_DONE;
}

/** Fresh state, a local Security Hub, and a clock that stands still: equal input gives equal bytes. */
export async function enrichHere(
  items: readonly InputItem[],
  options: Omit<EnrichOptions, 'out' | 'publish'>,
): Promise<Results> {
  const target = inputHub(items, options);
  const time = options.now ?? newestUpdate(items);
  const now = () => time;
  const database = await openDatabase(
    options.database ? { kind: 'throw-away-on-server', url: options.database } : { kind: 'throw-away' },
    options.catalogue,
  );
  try {
    const hub = await startSecurityHub({ account: target.accountId, region: target.region, quotas: false, now });
    try {
      return await enrichInto(database, {
        items,
        target,
        now,
        endpoint: hub.url,
        quotas: false,
        language: options.language,
      });
    } finally {
      await hub.close();
    }
  } finally {
    await database.close();
  }
}

/** The real Security Hub, the real time, and state that stays, so that a later PASSED archives. */
async function publish(items: readonly InputItem[], options: EnrichOptions): Promise<Results> {
  const { account, region } = options;
  const target = await describeTarget(region);
  if (account !== undefined && account !== target.accountId) {
    throw new BadUsage(
      `--account ${account}: the AWS environment names the Security Hub of ${target.accountId}, and no other can be published to.`,
    );
  }
  const directory = path.join(stateHome(), 'virtual-soc', `${target.accountId}-${target.region}`);
  const choice: DatabaseChoice = options.database
    ? { kind: 'server', url: options.database }
    : { kind: 'kept', directory };
  const database = await openDatabase(choice, options.catalogue);
  try {
    await claimHub(database.sequelize, target);
    const now = () => options.now ?? new Date();
    return await enrichInto(database, { items, target, now, quotas: true, language: options.language });
  } finally {
    await database.close();
  }
}

function stateHome(): string {
  return process.env['XDG_STATE_HOME'] ?? path.join(os.homedir(), '.local', 'state');
}

/** What a run needs besides its database. */
export type RunInput = Omit<Parameters<typeof runEnrichment>[0], 'sequelize' | 'onProgress'>;

/** Runs and collects the results from the database. */
export async function enrichInto({ sequelize }: Pick<ReadyDatabase, 'sequelize'>, input: RunInput): Promise<Results> {
  const progress = showProgress('events', input.items.length);
  let report: RunReport;
  try {
    report = await runEnrichment({ ...input, sequelize, onProgress: (done) => progress.update(done) });
  } finally {
    progress.stop();
  }
  const context = { catalogue: report.catalogue, target: input.target, language: input.language };
  const techniqueFindings = await readTechniqueFindings(sequelize, context);
  const tacticFindings = await readTacticFindings(sequelize);
  const unmapped = await readUnmapped(sequelize);
  const posture = await readPosture(sequelize, input.items);
  return {
    catalogue: report.catalogue,
    posture,
    techniqueFindings,
    tacticFindings,
    unmapped,
    unknownTechniques: await readUnknownTechniques(sequelize),
    tactics: countByTactic(techniqueFindings, report.catalogue),
    counters: countersOf(report, techniqueFindings, tacticFindings, unmapped, await countSources(sequelize)),
    rejected: report.rejected,
    undelivered: report.undelivered,
    report: await reportHtml({ ...posture, language: input.language, target: input.target }),
  };
}

/** The newest UpdatedAt of what is accepted; the epoch where nothing is, since a clock would make runs differ. */
function newestUpdate(items: readonly InputItem[]): Date {
  return new Date(Number(surveyInput(items).newestUpdate / 1_000_000n));
}
