/** `npm start`: the whole path on this machine, kept between runs. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { securityHubTarget } from '../lambda/core/security-hub-target.ts';
import { openDatabase } from './database.ts';
import { enrichInto, exitCodeOf, type EnrichOptions } from './enrich.ts';
import { feedBack } from './enrichment-run.ts';
import { EXIT_BAD_USAGE, EXIT_DONE } from './exit-code.ts';
import { claimHub } from './hub-claim.ts';
import { type InputItem, UnreadableInput, readInput } from './input-file.ts';
import { writeResults } from './output-directory.ts';
import { startSecurityHub } from './security-hub/server.ts';
import { summaryText } from './summary-table.ts';

/** Events that come with the project; local/sample/README.md says what each shows. */
export const SAMPLE_EVENTS = fileURLToPath(new URL('sample/events.ndjson', import.meta.url));

/** The delegated administrator and home Region of the sample organisation. */
export const SAMPLE_HUB = securityHubTarget('111122223333', 'eu-west-1');

/** Where database and local Security Hub are kept; relative to the working directory. */
const KEPT = '.virtual-soc';

/**
 * Starts database and Security Hub, replays the events, rolls up and prints what was found. The sample holds bad events
 * on purpose, which are listed and do not count as a failure; those of a file of the user's do.
 */
export async function startCommand(file: string | undefined, options: EnrichOptions): Promise<number> {
  let items: InputItem[];
  try {
    items = await readInput(file ?? SAMPLE_EVENTS);
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    process.stderr.write(`vsoc: ${error.message}\n`);
    return EXIT_BAD_USAGE;
  }
  const directory = path.resolve(KEPT);
  const database = await openDatabase(
    options.database
      ? { kind: 'server', url: options.database }
      : { kind: 'kept', directory: path.join(directory, 'database') },
  );
  const echoes: unknown[] = [];
  try {
    await claimHub(database.sequelize, SAMPLE_HUB);
    const hub = await startSecurityHub({
      account: SAMPLE_HUB.accountId,
      region: SAMPLE_HUB.region,
      quotas: false,
      store: path.join(directory, 'security-hub.json'),
      onEvent: (event) => echoes.push(event),
    });
    try {
      process.stdout.write(
        `Security Hub (local) ${hub.url}, PostgreSQL ${new URL(database.url).host}, ` +
          `catalogue ${database.catalogueChanged ? 'loaded' : 'unchanged'}.\n`,
      );
      const input = {
        items,
        target: SAMPLE_HUB,
        now: () => new Date(),
        endpoint: hub.url,
        quotas: false,
        language: options.language,
      };
      const results = await enrichInto(database, input);
      const echoed = await feedBack({ ...input, sequelize: database.sequelize }, echoes);
      const files = await writeResults(options.out, results);
      process.stdout.write(
        `${summaryText(results)}` +
          `Loop guard: ${echoed.ignored} of ${echoes.length} events of our own findings came back and were ignored.\n` +
          `Written to ${options.out}/: ${files.join(', ')}.\n`,
      );
      const code = exitCodeOf(results);
      return file === undefined && code === EXIT_BAD_USAGE ? EXIT_DONE : code;
    } finally {
      await hub.close();
    }
  } finally {
    await database.close();
  }
}
