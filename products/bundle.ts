/** How a function becomes one file. Without CDK, so that the benchmark bundles it the same way and loads nothing else. */

/** Drivers of databases that we do not use, and pg's optional one: named in the code, never loaded. */
export const NEVER_LOADED = [
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

/** CommonJS packages inside an ES module look for these. On one line, since it goes through a command line. */
export const BANNER = [
  "import { createRequire as requireMaker } from 'node:module';",
  "import { dirname as directoryOf } from 'node:path';",
  "import { fileURLToPath as pathOf } from 'node:url';",
  'const require = requireMaker(import.meta.url);',
  'const __filename = pathOf(import.meta.url);',
  'const __dirname = directoryOf(__filename);',
].join('');
