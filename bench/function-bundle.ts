/** The function `enrich-finding` as it is deployed: one file, without what Lambda or nobody provides. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { BANNER, NEVER_LOADED } from '../products/bundle.ts';

const ENTRY = path.join(import.meta.dirname, '..', 'lambda', 'enrich-finding.lambda.ts');

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
