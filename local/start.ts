/** `npm start`: the whole path on this machine, kept between runs. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { securityHubTarget } from '../lambda/core/security-hub-target.ts';
import { openDatabase, type ReadyDatabase } from './database.ts';
import { enrichInto, exitCodeOf, type EnrichOptions } from './enrich.ts';
import { feedBack } from './enrichment-run.ts';
import { EXIT_BAD_USAGE, EXIT_DONE } from './exit-code.ts';
import { claimHub, hasPublished } from './hub-claim.ts';
import { readInput } from './input-file.ts';
import { inputHub } from './input-hub.ts';
import { onInterrupt } from './interrupt.ts';
import { checkMappingFile } from './mapping-file.ts';
import { prepareOutput, writeResults } from './output-directory.ts';
import { startSecurityHub } from './security-hub/server.ts';
import { summaryText } from './summary-table.ts';

/** Events that come with the project; local/sample/README.md says what each shows. */
export const SAMPLE_EVENTS = fileURLToPath(new URL('sample/events.ndjson', import.meta.url));

/** The delegated administrator and home Region of the sample organisation. */
export const SAMPLE_HUB = securityHubTarget('111122223333', 'eu-west-1');

/** Where databases and local Security Hubs are kept, each in a directory of its own; relative to the working directory. */
const KEPT = '.virtual-soc';

/**
 * Starts database and Security Hub, replays the events, rolls up and prints what was found. A file of the user's has the
 * hub that most of it belongs to, kept apart from the sample and from other hubs. The sample holds bad events on purpose,
 * which are listed and do not count as a failure; those of a file of the user's do.
 */
export async function startCommand(file: string | undefined, options: EnrichOptions): Promise<number> {
  await checkMappingFile(options.catalogue);
  const items = await readInput(file ?? SAMPLE_EVENTS);
  await prepareOutput(options.out);
  const target = file === undefined ? SAMPLE_HUB : inputHub(items, options);
  const kept = path.resolve(KEPT, file === undefined ? 'sample' : `${target.accountId}-${target.region}`);
  const database = await openDatabase(
    options.database
      ? { kind: 'server', url: options.database }
      : { kind: 'kept', directory: path.join(kept, 'database') },
    options.catalogue,
  );
  const echoes: unknown[] = [];
  try {
    await claimHub(database.sequelize, target);
    const hub = await startSecurityHub({
      account: target.accountId,
      region: target.region,
      quotas: false,
      store: await storeOf(database, kept),
      onEvent: (event) => echoes.push(event),
    });
    // What the database says was published must not be lost with this process.
    const forget = onInterrupt(() => hub.close());
    try {
      process.stdout.write(
        `Security Hub (local) ${hub.url}, PostgreSQL ${new URL(database.url).host}, ` +
          `catalogue ${database.catalogueChanged ? 'loaded' : 'unchanged'}.\n`,
      );
      const input = {
        items,
        target,
        now: () => new Date(),
        endpoint: hub.url,
        quotas: false,
        language: options.language,
      };
      const results = await enrichInto(database, input);
      const ignored = await feedBack({ ...input, sequelize: database.sequelize }, echoes);
      const files = await writeResults(options.out, results, options);
      process.stdout.write(
        `${summaryText(results)}${loopGuardLine(ignored, echoes.length)}` +
          `Written to ${options.out}/: ${files.join(', ')}.\n`,
      );
      const code = exitCodeOf(results);
      return file === undefined && code === EXIT_BAD_USAGE ? EXIT_DONE : code;
    } finally {
      forget();
      await hub.close();
    }
  } finally {
    await database.close();
  }
}

function loopGuardLine(ignored: number, events: number): string {
  if (events === 0) return '';
  return `Loop guard: ${ignored} of ${events} events of our own findings came back and were ignored.\n`;
}

/**
 * The file of the local hub's findings. It lies in the database's directory, wherever that is, so that the two are deleted
 * together. Throws where the database remembers publishing and the file is gone: such a hub would stay empty for ever.
 */
async function storeOf({ sequelize, directory }: ReadyDatabase, kept: string): Promise<string> {
  const store = path.join(directory ?? kept, 'security-hub.json');
  if (existsSync(store) || !(await hasPublished(sequelize))) return store;
  throw new Error(
    `The local Security Hub's findings are missing (${store}), and the database says that they were published. ` +
      (directory ? `Delete ${directory} to start anew.` : 'Restore that file, or name an empty database.'),
  );
}
