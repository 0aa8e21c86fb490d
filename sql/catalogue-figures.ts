/**
 * The figures of the data dictionary, as Markdown tables. `npm run catalogue:figures` writes them into
 * `sql/catalogue/README.md`, and a test says where they are no longer true.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LinkRow } from '../lambda/core/catalogue.ts';
import { LINK_SOURCES, UNLINKED_REASONS } from '../lambda/core/catalogue.ts';
import { groupBy } from '../lambda/core/group-by.ts';
import { CATALOGUE_DIRECTORY, type CatalogueFiles, readCatalogueFiles } from './catalogue-files.ts';
import { PUBLISHED_DECISIONS } from './catalogue-review.ts';

const README = path.join(CATALOGUE_DIRECTORY, 'README.md');
const BEGIN = '<!-- figures: npm run catalogue:figures -->';
const END = '<!-- end of figures -->';

/** The tables, in the order of the data dictionary. */
export function catalogueFigures(files: CatalogueFiles): string {
  return [
    '### Rules and links',
    providerTable(files),
    '### Own links, by source, effect and score',
    linkTable(files),
    '### Techniques of the cloud matrix',
    techniqueTable(files),
    '### Published links, and what became of them',
    publishedTable(files),
    '### Agreement with what is published',
    agreementTable(files),
    '### Standards',
    standardTable(files),
  ].join('\n\n');
}

/** The data dictionary with these figures in it. Throws where it has lost its marks. */
export function withFigures(readme: string, figures: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`sql/catalogue/README.md has lost its marks ${BEGIN} and ${END}.`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${readme.slice(end)}`;
}

function providerTable({ rows }: CatalogueFiles): string {
  const providers = [...groupBy(rows.rules, ({ provider }) => provider)].sort(([a], [b]) => (a < b ? -1 : 1));
  const inheriting = inheritingRules(rows.rules);
  const lines = providers.map(([provider, rules]) => {
    const links = rows.links.filter((link) => link.provider === provider);
    return [
      provider,
      rules.length,
      rules.filter(({ status }) => status === 'retired').length,
      rules.filter(({ status, notMappable }) => status === 'active' && notMappable !== null).length,
      rules.filter(({ inherits }) => inherits !== null).length,
      links.filter((link) => !inheriting.has(ruleOf(link))).length,
      links.length,
      rows.aliases.filter((alias) => alias.provider === provider).length,
    ] as const;
  });
  const total = [1, 2, 3, 4, 5, 6, 7].map((column) => lines.reduce((sum, line) => sum + Number(line[column]), 0));
  return table(
    [
      'provider',
      'rules',
      'of them retired',
      'active, not mappable',
      'inheriting',
      'own links',
      'links with inherited ones',
      'aliases',
    ],
    [...lines, ['all', ...total]],
  );
}

function linkTable(files: CatalogueFiles): string {
  const own = ownLinks(files);
  const count = (of: (link: LinkRow) => boolean) => own.filter(of).length;
  return table(
    ['', 'links'],
    [
      ...LINK_SOURCES.filter((source) => source !== 'customer').map(
        (source) => [`source ${source}`, count((link) => link.source === source)] as const,
      ),
      ...(['protect', 'detect', 'respond'] as const).map(
        (effect) => [`effect ${effect}`, count((link) => link.effect === effect)] as const,
      ),
      ...(['significant', 'partial', 'minimal'] as const).map(
        (score) => [`score ${score}`, count((link) => link.score === score)] as const,
      ),
      ['narrowed to some tactics', count(({ tacticIds }) => tacticIds.length > 0)],
      ['all', own.length],
    ],
  );
}

function techniqueTable({ rows }: CatalogueFiles): string {
  const cloud = rows.techniques.filter(({ matrix }) => matrix === 'cloud');
  const active = new Set(rows.rules.filter(({ status }) => status === 'active').map(ruleOf));
  const linked = new Set(rows.links.filter((link) => active.has(ruleOf(link))).map(({ techniqueId }) => techniqueId));
  const inScope = [
    ['all', cloud],
    ['of them on IaaS', cloud.filter(({ platforms }) => platforms.includes('IaaS'))],
  ] as const;
  const reasonOf = new Map(rows.unlinkedTechniques.map(({ techniqueId, reason }) => [techniqueId, reason]));
  return table(
    ['techniques', 'number', 'linked', ...UNLINKED_REASONS],
    inScope.map(([name, techniques]) => [
      name,
      techniques.length,
      techniques.filter(({ techniqueId }) => linked.has(techniqueId)).length,
      ...UNLINKED_REASONS.map(
        (reason) => techniques.filter(({ techniqueId }) => reasonOf.get(techniqueId) === reason).length,
      ),
    ]),
  );
}

function publishedTable({ review }: CatalogueFiles): string {
  const bySource = [...groupBy(review.publishedLinks, ({ source, provider }) => `${source}, ${provider}`)].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  return table(
    ['source, provider', 'pairs', ...PUBLISHED_DECISIONS],
    bySource.map(([source, rows]) => [
      source,
      rows.length,
      ...PUBLISHED_DECISIONS.map((wanted) => rows.filter(({ decision }) => decision === wanted).length),
    ]),
  );
}

/** Of the pairs published for rules that we know: the same technique, or one of its family, and where so the same effect and score. */
function agreementTable({ rows, review }: CatalogueFiles): string {
  const links = new Map(rows.links.map((link) => [`${ruleOf(link)}\n${link.techniqueId}`, link]));
  const sources = groupBy(
    review.publishedLinks.filter(({ source }) => source !== 'predecessor'),
    ({ source, provider }) => `${source}, ${provider}`,
  );
  return table(
    ['source, provider', 'pairs', 'same technique', 'same family', 'same effect', 'same score'],
    [...sources]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, published]) => {
        const same = published.filter(({ decision }) => decision === 'linked');
        const family = published.filter(({ decision }) => decision === 'linked' || decision === 'sub-technique-linked');
        const rated = same.filter(({ effect }) => effect !== null);
        const linkOf = (row: (typeof same)[number]) => links.get(`${ruleOf(row)}\n${row.techniqueId}`);
        return [
          name,
          published.length,
          share(same.length, published.length),
          share(family.length, published.length),
          share(rated.filter((row) => linkOf(row)?.effect === row.effect).length, rated.length),
          share(rated.filter((row) => linkOf(row)?.score === row.score).length, rated.length),
        ];
      }),
  );
}

function standardTable({ rows }: CatalogueFiles): string {
  return table(
    ['standard', 'edition', 'status', 'controls', 'of them linked', 'techniques', 'links', 'links per technique'],
    rows.standards.map(({ standard, name, version, status }) => {
      const pairs = rows.controlTechniques.filter((row) => row.standard === standard);
      const techniques = new Set(pairs.map(({ techniqueId }) => techniqueId)).size;
      return [
        standard,
        `${name} ${version}`,
        status,
        rows.controls.filter((row) => row.standard === standard).length,
        new Set(pairs.map(({ controlId }) => controlId)).size,
        techniques,
        pairs.length,
        techniques === 0 ? '-' : (pairs.length / techniques).toFixed(1),
      ];
    }),
  );
}

function ownLinks({ rows }: CatalogueFiles): LinkRow[] {
  const inheriting = inheritingRules(rows.rules);
  return rows.links.filter((link) => !inheriting.has(ruleOf(link)));
}

function inheritingRules(rules: CatalogueFiles['rows']['rules']): Set<string> {
  return new Set(rules.filter(({ inherits }) => inherits !== null).map(ruleOf));
}

function ruleOf({ provider, ruleKey }: { readonly provider: string; readonly ruleKey: string }): string {
  return `${provider}\n${ruleKey}`;
}

/** `12 (34 %)`, rounded down. */
function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${part} (${Math.floor((100 * part) / whole)} %)`;
}

function table(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await readCatalogueFiles();
  await writeFile(README, withFigures(await readFile(README, 'utf8'), catalogueFigures(files)));
  process.stdout.write(`${catalogueFigures(files)}\n`);
}
