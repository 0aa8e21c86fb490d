/** The function `enrich-finding` as it is deployed: one file, without what Lambda or nobody provides. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ENTRY = path.join(import.meta.dirname, '..', 'lambda', 'enrich-finding.lambda.ts');

/** Drivers of databases that we do not use, and pg's optional one: named in the code, never loaded. */
const NEVER_LOADED = [
  'ibm_db',
  'mariadb',
  'mysql2',
  'oracledb',
  'pg-hstore',
  'pg-native',
  'snowflake-sdk',
  'sqlite3',
  'tedious',
];

/** CommonJS packages inside an ES module look for these. */
const BANNER = `
import { createRequire as requireMaker } from 'node:module';
import { dirname as directoryOf } from 'node:path';
import { fileURLToPath as pathOf } from 'node:url';
const require = requireMaker(import.meta.url);
const __filename = pathOf(import.meta.url);
const __dirname = directoryOf(__filename);
`.trim();

/** Bundles the function into `directory`. Returns the file and its size in bytes. */
export async function bundleFunction(directory: string): Promise<{ readonly file: string; readonly bytes: number }> {
  const file = path.join(directory, 'enrich-finding.mjs');
  await build({
    entryPoints: [ENTRY],
    outfile: file,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: NEVER_LOADED,
    banner: { js: BANNER },
    logLevel: 'error',
  });
  return { file, bytes: (await stat(file)).size };
}
