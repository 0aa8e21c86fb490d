/** Entry points of functions, run as Lambda runs them. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Loads an entry point in a process of its own, as Lambda does, and calls its handler. */
export async function invoke(
  file: string,
  env: NodeJS.ProcessEnv,
  event: unknown,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const url = new URL(`../../lambda/${file}`, import.meta.url).href;
  const script = `
    const { handler } = await import(${JSON.stringify(url)});
    const context = { getRemainingTimeInMillis: () => 300000 };
    console.log('ANSWER ' + JSON.stringify(await handler(${JSON.stringify(event)}, context) ?? null));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, stdout, stderr };
}
