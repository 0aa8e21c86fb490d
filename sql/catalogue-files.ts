import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CatalogueRows, STANDARDS } from '../lambda/core/catalogue.ts';
import { type CatalogueTables, catalogueVersion, sortCatalogue } from './canonical-catalogue.ts';
import {
  aliasesOf,
  CAMPAIGN_GROUPS,
  CAMPAIGN_TECHNIQUES,
  CAMPAIGNS,
  controlsOf,
  controlTechniquesOf,
  EXCEPTIONS,
  GROUP_TECHNIQUES,
  GROUPS,
  linksOf,
  MITIGATIONS,
  PRODUCTS,
  publishedLinksOf,
  REDIRECTS,
  RELEASE,
  requirementsOf,
  rulesOf,
  STANDARD_LIST,
  TACTICS,
  TECHNIQUE_MITIGATIONS,
  TECHNIQUE_TACTICS,
  TECHNIQUES,
  UNLINKED_TECHNIQUES,
} from './catalogue-formats.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import type { CatalogueReview } from './catalogue-review.ts';
import { checkCatalogue, type RowPlace } from './check-catalogue.ts';
import { checkReview } from './check-review.ts';
import { type CsvFormat, readCsvTable } from './csv-table.ts';
import { mergeMappings, readMappingFile } from './customer-mappings.ts';
import { inheritLinks } from './inherited-links.ts';

/** The catalogue of this repository; its README.md says what each file and column means. */
export const CATALOGUE_DIRECTORY = fileURLToPath(new URL('catalogue', import.meta.url));

/** What a catalogue directory holds. */
export interface CatalogueFiles {
  /**
   * The rows that could be read, in the order of their keys, with everything inherited written out. To be used only
   * where there is no problem.
   */
  readonly rows: CatalogueRows;
  /** What was decided about published links and exceptions. Not part of what is loaded. */
  readonly review: CatalogueReview;
  /** Empty for a good catalogue. */
  readonly problems: readonly CatalogueProblem[];
}

/** Texts for people, which no row comes from. */
const FOR_PEOPLE = /\.(md|txt)$/;

/**
 * Reads a directory of catalogue files and checks it.
 *
 * Where cells are wrong, only they are reported: a rule left out for a misspelt kind would make each of its links look
 * wrong as well. Once every cell is right, the rows are checked against one another.
 *
 * @param directory laid out as `sql/catalogue`
 * @param mappingFile a customer's own mappings (`docs/customer-mappings.md`), which add to the catalogue or override it
 *   and are held to the same checks
 * @throws Error when the directory or the mapping file cannot be read at all
 */
export async function readCatalogueFiles(
  directory = CATALOGUE_DIRECTORY,
  mappingFile?: string,
): Promise<CatalogueFiles> {
  const problems: CatalogueProblem[] = [];
  const places = new WeakMap<object, RowPlace>();
  const unread = new Set(await listFiles(directory));

  const read = async <Row extends object>(file: string, format: CsvFormat<Row>): Promise<Row[]> => {
    if (!unread.delete(file)) {
      problems.push(aboutFile(file, `The file is missing. Add it with the first line ${format.columns.join(',')}.`));
      return [];
    }
    const table = readCsvTable(await readFile(path.join(directory, file)), format);
    problems.push(...table.problems.map(({ line, column, message }) => ({ file, row: line, column, message })));
    for (const { row, line } of table.rows) places.set(row, { file, row: line });
    return table.rows.map(({ row }) => row);
  };
  /** One file for each provider; a third-party provider `<company>/<product>` has a folder for the company. */
  const readProviders = async <Row extends object>(folder: string, formatOf: (provider: string) => CsvFormat<Row>) => {
    const files = [...unread].filter((file) => /^[\w.-]+(\/[\w.-]+)?\.csv$/.test(inFolder(file, folder)));
    const tables = files.map((file) => read(file, formatOf(inFolder(file, folder).replace(/\.csv$/, ''))));
    return (await Promise.all(tables)).flat();
  };
  const readStandards = async <Row extends object>(
    folder: string,
    formatOf: (standard: (typeof STANDARDS)[number]) => CsvFormat<Row>,
  ) => {
    const present = STANDARDS.filter((standard) => unread.has(`${folder}/${standard}.csv`));
    const tables = present.map((standard) => read(`${folder}/${standard}.csv`, formatOf(standard)));
    return (await Promise.all(tables)).flat();
  };

  const readPublished = async () => {
    const files = [...unread].filter((file) => /^published\/[\w-]+\/[\w-]+\.csv$/.test(file));
    const tables = files.map((file) => {
      const [, source = '', name = ''] = file.split('/');
      return read(file, publishedLinksOf(source, name.replace(/\.csv$/, '')));
    });
    return (await Promise.all(tables)).flat();
  };

  const release = await readRelease(directory, unread, problems);
  const readTables = {
    tactics: await read('attack/tactics.csv', TACTICS),
    techniques: await read('attack/techniques.csv', TECHNIQUES),
    techniqueTactics: await read('attack/technique-tactics.csv', TECHNIQUE_TACTICS),
    mitigations: await read('attack/mitigations.csv', MITIGATIONS),
    techniqueMitigations: await read('attack/technique-mitigations.csv', TECHNIQUE_MITIGATIONS),
    campaigns: await read('attack/campaigns.csv', CAMPAIGNS),
    campaignTechniques: await read('attack/campaign-techniques.csv', CAMPAIGN_TECHNIQUES),
    groups: await read('attack/groups.csv', GROUPS),
    campaignGroups: await read('attack/campaign-groups.csv', CAMPAIGN_GROUPS),
    groupTechniques: await read('attack/group-techniques.csv', GROUP_TECHNIQUES),
    unlinkedTechniques: await read('attack/unlinked-techniques.csv', UNLINKED_TECHNIQUES),
    redirects: await read('attack/redirects.csv', REDIRECTS),
    products: await read('products.csv', PRODUCTS),
    rules: await readProviders('rules', rulesOf),
    requirements: await readProviders('requirements', requirementsOf),
    aliases: await readProviders('aliases', aliasesOf),
    links: await readProviders('links', linksOf),
    standards: await read('standards.csv', STANDARD_LIST),
    controls: await readStandards('controls', controlsOf),
    controlTechniques: await readStandards('control-techniques', controlTechniquesOf),
  };
  const review: CatalogueReview = {
    publishedLinks: await readPublished(),
    exceptions: await read('exceptions.csv', EXCEPTIONS),
  };
  for (const file of unread) {
    if (!FOR_PEOPLE.test(file)) {
      problems.push(aboutFile(file, 'The catalogue has no such file. Correct its name, or remove it.'));
    }
  }

  const placeOf = (row: object) => places.get(row);
  const report = (row: object, column: string, message: string) => {
    const { file, row: line } = placeOf(row) ?? { file: '(not in a file)', row: null };
    problems.push({ file, row: line, column, message });
  };
  let merged: CatalogueTables = readTables;
  if (mappingFile !== undefined) {
    const mapping = await readMappingFile(mappingFile, (row, place) => places.set(row, place));
    problems.push(...mapping.problems);
    if (mapping.mappings !== undefined) {
      const { tables, problems: wrong } = mergeMappings(readTables, mapping.mappings);
      for (const { row, column, message } of wrong) report(row, column, message);
      merged = tables;
    }
  }
  const {
    rules,
    links,
    problems: broken,
  } = inheritLinks(merged.rules, merged.links, (copy, of) => {
    const place = placeOf(of);
    if (place !== undefined) places.set(copy, place);
  });
  for (const { rule, message } of broken) report(rule, 'inherits', message);

  const tables = sortCatalogue({ ...merged, rules, links });
  const rows = { release: { version: catalogueVersion(release, tables), ...release }, ...tables };
  if (problems.length === 0) {
    problems.push(...checkCatalogue(rows, review.exceptions, placeOf));
    // What we decided about our own links says nothing about a customer's.
    if (mappingFile === undefined) problems.push(...checkReview(rows, review, placeOf));
  }
  return { rows, review, problems: problems.sort(byPlace) };
}

/** Paths of all files below a directory, with `/`, sorted. */
async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** The rest of the path of a file in the folder; empty for a file elsewhere. */
function inFolder(file: string, folder: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : '';
}

async function readRelease(
  directory: string,
  unread: Set<string>,
  problems: CatalogueProblem[],
): Promise<Omit<CatalogueRows['release'], 'version'>> {
  const file = 'attack/release.json';
  const nothing = { attackRelease: '', modified: '', copyright: '' };
  if (!unread.delete(file)) {
    problems.push(aboutFile(file, 'The file is missing. Add it with release, modified and copyright.'));
    return nothing;
  }
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path.join(directory, file), 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(aboutFile(file, `The file is not JSON: ${error.message}.`));
    return nothing;
  }
  const parsed = RELEASE.safeParse(content);
  if (parsed.success) return parsed.data;
  for (const { path: property, message } of parsed.error.issues) {
    problems.push({ file, row: null, column: property.join('.') || null, message });
  }
  return nothing;
}

function aboutFile(file: string, message: string): CatalogueProblem {
  return { file, row: null, column: null, message };
}

function byPlace(a: CatalogueProblem, b: CatalogueProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.row ?? 0) - (b.row ?? 0);
}
