/** Chromium, as the system has it, and what a page must never do. */
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, type Page, chromium } from 'playwright-core';

/** Debian's package; another browser of the kind goes by VSOC_CHROMIUM. */
const CHROMIUM = process.env['VSOC_CHROMIUM'] ?? '/usr/bin/chromium';

/** Starts the browser. Throws where it is not installed. */
export function launchChromium(): Promise<Browser> {
  // Chromium refuses to run its sandbox as root.
  return chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** A page with a file open in it. */
export interface OpenFile {
  readonly page: Page;
  /** Fails if the page has said anything on the console, asked the network for anything, or opened a dialogue. */
  readonly assertQuiet: () => void;
  readonly close: () => Promise<void>;
}

/** How to open a file. */
export interface Viewing {
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
  /** @default true */
  readonly javaScriptEnabled?: boolean;
}

/** Opens a file as a double click would. */
export async function openFile(
  browser: Browser,
  file: string,
  { colorScheme = 'light', javaScriptEnabled = true }: Viewing = {},
): Promise<OpenFile> {
  const context = await browser.newContext({ colorScheme, javaScriptEnabled, viewport: { width: 1600, height: 1000 } });
  const page = await context.newPage();
  const own = pathToFileURL(file).href;
  const noise: string[] = [];
  page.on('console', (message) => noise.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('request', (request) => request.url() === own || noise.push(`request: ${request.url()}`));
  page.on('dialog', (dialog) => {
    noise.push(`dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return { page, assertQuiet: () => assert.deepEqual(noise, []), close: () => context.close() };
}

/** Fails if axe-core finds a violation: WCAG 2.2 A and AA, and its best practices. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[];
  }>('axe.run()');
  assert.deepEqual(
    violations.map(({ id, nodes }) => [
      id,
      nodes.slice(0, 3).map(({ target, failureSummary }) => [target, failureSummary]),
    ]),
    [],
  );
}
