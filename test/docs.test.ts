import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { resourcesOf, synthesis, SYNTHESIS_TIMEOUT } from './portfolio/synthesis.ts';

const REPOSITORY = path.join(import.meta.dirname, '..');
const RUNBOOK = 'docs/runbook.md';
const NO_SOURCES = /^(\..*|node_modules|cdk\.out|out|coverage)$/;

/** A link of a text, with the line it stands in. */
interface Link {
  readonly line: number;
  readonly target: string;
}

/** A text as GitHub reads it: where one can jump to, and what it links to. */
interface Page {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Link[];
}

describe('the docs', () => {
  const pages = pagesIn('').sort();

  it('are found', () => {
    assert.ok(pages.includes('README.md') && pages.includes(RUNBOOK) && pages.includes('sql/catalogue/README.md'));
  });

  for (const page of pages) {
    it(`link to what exists: ${page}`, () => {
      const broken = readPage(page)
        .links.filter(({ target }) => !resolves(page, target))
        .map(({ line, target }) => `${page}:${line}: ${target}`);

      assert.deepEqual(broken, []);
    });
  }

  it('have an article in the runbook for each alarm', function () {
    this.timeout(SYNTHESIS_TIMEOUT);

    const alarms = resourcesOf(synthesis().product, 'AWS::CloudWatch::Alarm');
    const { anchors } = readPage(RUNBOOK);
    const without = alarms
      .filter(([, { Properties }]) => !anchors.has(articleOf(JSON.stringify(Properties.AlarmDescription))))
      .map(([id]) => id);

    assert.ok(alarms.length > 0);
    assert.deepEqual(without, []);
  });

  describe('anchors', () => {
    it('are made of headings as GitHub makes them', () => {
      const { anchors } = parsePage(
        '# `products/`: What is *launched*?\n\n## Why\n\n## Why\n\n```sh\n# no heading\n```\n',
      );

      assert.deepEqual([...anchors], ['products-what-is-launched', 'why', 'why-1']);
    });

    it('leave out links in code', () => {
      const { links } = parsePage('See `[a](b.md)` and [c](d.md#e).\n\n```\n[f](g.md)\n```\n\n    [h](i.md)\n');

      assert.deepEqual(links, [{ line: 1, target: 'd.md#e' }]);
    });
  });
});

/** README of every folder, and all texts of docs/. What is installed or made is left out. */
function pagesIn(folder: string): string[] {
  return readdirSync(path.join(REPOSITORY, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NO_SOURCES.test(entry.name) ? [] : pagesIn(name);
    return entry.name === 'README.md' || (folder === 'docs' && entry.name.endsWith('.md')) ? [name] : [];
  });
}

function articleOf(description: string): string {
  return new RegExp(String.raw`${RUNBOOK}#([a-z0-9-]+)`).exec(description)?.[1] ?? '(none)';
}

/** Whether a link leads to a file or folder of the repository, and to an anchor of it where it names one. */
function resolves(page: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  const linked = file === '' ? page : path.posix.join(path.posix.dirname(page), decodeURIComponent(file));
  if (!existsSync(path.join(REPOSITORY, linked))) return false;
  return anchor === undefined || (linked.endsWith('.md') && readPage(linked).anchors.has(anchor));
}

const read = new Map<string, Page>();

function readPage(page: string): Page {
  const known = read.get(page) ?? parsePage(readFileSync(path.join(REPOSITORY, page), 'utf8'));
  read.set(page, known);
  return known;
}

function parsePage(text: string): Page {
  const anchors = new Set<string>();
  const links: Link[] = [];
  let fenced = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) fenced = !fenced;
    else if (!fenced && !/^ {4}/.test(line)) {
      const [, heading] = /^#{1,6} +(.+?)\s*$/.exec(line) ?? [];
      if (heading !== undefined) anchors.add(freeAnchor(slugOf(heading), anchors));
      for (const [, target = ''] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        links.push({ line: index + 1, target });
      }
    }
  }
  return { anchors, links };
}

/** What GitHub makes of a heading: small letters, hyphens for blanks, no punctuation. */
function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** The second heading of a name has `-1` behind it. */
function freeAnchor(slug: string, taken: ReadonlySet<string>): string {
  let free = slug;
  for (let number = 1; taken.has(free); number += 1) free = `${slug}-${number}`;
  return free;
}
