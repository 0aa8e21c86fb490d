import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CatalogueRows, STANDARDS } from '../lambda/core/catalogue.ts';
import { catalogueVersion, sortCatalogue } from './canonical-catalogue.ts';
import {
  aliasesOf,
  CAMPAIGN_TECHNIQUES,
  CAMPAIGNS,
  controlsOf,
  controlTechniquesOf,
  linksOf,
  MITIGATIONS,
  REDIRECTS,
  RELEASE,
  rulesOf,
  STANDARD_LIST,
  TACTICS,
  TECHNIQUE_MITIGATIONS,
  TECHNIQUE_TACTICS,
  TECHNIQUES,
} from './catalogue-formats.ts';
import type { CatalogueProblem } from './catalogue-problem.ts';
import { checkCatalogue, type RowPlace } from './check-catalogue.ts';
import { type CsvFormat, readCsvTable } from './csv-table.ts';

/** The catalogue of this repository; its README.md says what each file and column means. */
export const CATALOGUE_DIRECTORY = fileURLToPath(new URL('catalogue', import.meta.url));

/** What a catalogue directory holds. */
export interface CatalogueFiles {
  /** The rows that could be read, in the order of their keys. To be used only where there is no problem. */
  readonly rows: CatalogueRows;
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
 * @throws Error when the directory cannot be read at all
 */
export async function readCatalogueFiles(directory = CATALOGUE_DIRECTORY): Promise<CatalogueFiles> {
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

  const release = await readRelease(directory, unread, problems);
  const tables = sortCatalogue({
    tactics: await read('attack/tactics.csv', TACTICS),
    techniques: await read('attack/techniques.csv', TECHNIQUES),
    techniqueTactics: await read('attack/technique-tactics.csv', TECHNIQUE_TACTICS),
    mitigations: await read('attack/mitigations.csv', MITIGATIONS),
    techniqueMitigations: await read('attack/technique-mitigations.csv', TECHNIQUE_MITIGATIONS),
    campaigns: await read('attack/campaigns.csv', CAMPAIGNS),
    campaignTechniques: await read('attack/campaign-techniques.csv', CAMPAIGN_TECHNIQUES),
    redirects: await read('attack/redirects.csv', REDIRECTS),
    rules: await readProviders('rules', rulesOf),
    aliases: await readProviders('aliases', aliasesOf),
    links: await readProviders('links', linksOf),
    standards: await read('standards.csv', STANDARD_LIST),
    controls: await readStandards('controls', controlsOf),
    controlTechniques: await readStandards('control-techniques', controlTechniquesOf),
  });
  for (const file of unread) {
    if (!FOR_PEOPLE.test(file)) {
      problems.push(aboutFile(file, 'The catalogue has no such file. Correct its name, or remove it.'));
    }
  }

  const rows = { release: { version: catalogueVersion(release, tables), ...release }, ...tables };
  const wrong = problems.length > 0 ? problems : checkCatalogue(rows, (row) => places.get(row));
  return { rows, problems: wrong.sort(byPlace) };
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
