/** `vsoc enrich`: a file of findings in, technique and tactic findings out. */
import os from 'node:os';
import path from 'node:path';
import { DescribeHubCommand } from '@aws-sdk/client-securityhub';
import { securityHubClient } from '../lambda/adapters/security-hub.ts';
import type { Language } from '../lambda/core/catalogue.ts';
import { parseInstant } from '../lambda/core/instant.ts';
import { type SecurityHubTarget, securityHubTarget } from '../lambda/core/security-hub-target.ts';
import { type DatabaseChoice, openDatabase, type ReadyDatabase } from './database.ts';
import { type RunReport, runEnrichment } from './enrichment-run.ts';
import { EXIT_BAD_USAGE, EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { claimHub } from './hub-claim.ts';
import { type InputItem, UnreadableInput, readInput } from './input-file.ts';
import { summaryOf, writeResults, type Results } from './output-directory.ts';
import { readTacticFindings, readTechniqueFindings } from './own-findings.ts';
import { showProgress } from './progress.ts';
import { countByTactic, countersOf, countSources, readUnmapped } from './results.ts';
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
  /** Connection URL of a PostgreSQL server to use instead of the embedded one. */
  readonly database?: string;
}

/** Runs the command and returns its exit code. Throws with a message for people where it cannot work at all. */
export async function enrichCommand(file: string, options: EnrichOptions): Promise<number> {
  let items: InputItem[];
  try {
    items = await readInput(file);
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    process.stderr.write(`vsoc: ${error.message}\n`);
    return EXIT_BAD_USAGE;
  }
  const results = options.publish ? await publish(items, options) : await enrichHere(items, options);
  await writeResults(options.out, results);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(summaryOf(results), undefined, 2)}\n`
      : `${summaryText(results)}Written to ${options.out}/.\n`,
  );
  return exitCodeOf(results);
}

/** Bad input is 2 although the rest was done; a finding that Security Hub did not take is a failure of the run. */
export function exitCodeOf({ rejected, undelivered }: Pick<Results, 'rejected' | 'undelivered'>): number {
  if (undelivered.length > 0) return EXIT_FAILED;
  return rejected.length > 0 ? EXIT_BAD_USAGE : EXIT_DONE;
}

/** Fresh state, a local Security Hub, and a clock that stands still: equal input gives equal bytes. */
async function enrichHere(items: readonly InputItem[], options: EnrichOptions): Promise<Results> {
  const target = securityHubTarget(
    options.account ?? mostFrequent(items.map(({ hints }) => hints.accountId)) ?? '111122223333',
    options.region ?? mostFrequent(items.map(({ hints }) => hints.region)) ?? 'us-east-1',
  );
  const time = options.now ?? newestUpdate(items);
  const now = () => time;
  const database = await openDatabase(
    options.database ? { kind: 'throw-away-on-server', url: options.database } : { kind: 'throw-away' },
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
  const target = await describeTarget(options.region);
  const directory = path.join(stateHome(), 'virtual-soc', `${target.accountId}-${target.region}`);
  const choice: DatabaseChoice = options.database
    ? { kind: 'server', url: options.database }
    : { kind: 'kept', directory };
  const database = await openDatabase(choice);
  try {
    await claimHub(database.sequelize, target);
    const now = () => options.now ?? new Date();
    return await enrichInto(database, { items, target, now, quotas: true, language: options.language });
  } finally {
    await database.close();
  }
}

/** Account and Region of the hub that the standard AWS environment names. Throws where there is none. */
async function describeTarget(region: string | undefined): Promise<SecurityHubTarget> {
  const regionName = region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  if (!regionName) throw new Error('No Region is set: give --region or set AWS_REGION.');
  const client = securityHubClient(regionName);
  try {
    const { HubArn } = await client.send(new DescribeHubCommand({}));
    const [, , , hubRegion, accountId] = (HubArn ?? '').split(':');
    if (!hubRegion || !accountId) throw new Error(`its ARN is ${HubArn}`);
    return securityHubTarget(accountId, hubRegion);
  } catch (error) {
    throw new Error(`Security Hub in ${regionName} cannot be described: ${(error as Error).message}`, { cause: error });
  } finally {
    client.destroy();
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
  return {
    catalogue: report.catalogue,
    techniqueFindings,
    tacticFindings,
    unmapped,
    tactics: countByTactic(techniqueFindings, report.catalogue),
    counters: countersOf(report, techniqueFindings, tacticFindings, unmapped, await countSources(sequelize)),
    rejected: report.rejected,
    undelivered: report.undelivered,
  };
}

/** The most frequent value; among equals the first in order, so that the result does not hang on the order of input. */
function mostFrequent(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, inA], [b, inB]) => inB - inA || (a < b ? -1 : 1))[0]?.[0];
}

/** The newest UpdatedAt of the input; the epoch where none can be read, since a clock would make runs differ. */
function newestUpdate(items: readonly InputItem[]): Date {
  const instants = items.map(({ hints }) => parseInstant(hints.updatedAt ?? '') ?? 0n);
  const newest = instants.reduce((a, b) => (b > a ? b : a), 0n);
  return new Date(Number(newest / 1_000_000n));
}
