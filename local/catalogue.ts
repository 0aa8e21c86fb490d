/** `vsoc catalogue check|diff|show`: the catalogue for those who keep it and those who ask it. Reads files; needs no database. */
import Table from 'cli-table3';
import { QueryTypes } from 'sequelize';
import type { CatalogueRows, Language } from '../lambda/core/catalogue.ts';
import { type AttackUpgrade, compareReleases } from '../sql/attack-upgrade.ts';
import { CATALOGUE_DIRECTORY, type CatalogueFiles, readCatalogueFiles } from '../sql/catalogue-files.ts';
import { type CatalogueProblem, describeProblem } from '../sql/catalogue-problem.ts';
import { checkReference } from '../sql/check-reference.ts';
import { connect, parseConnectionUrl } from '../sql/database.ts';
import {
  KNOWN_RELEASES,
  type KnownRelease,
  readAttackRelease,
  readDocumentedRules,
  readReference,
} from '../sql/reference-files.ts';
import { BadUsage } from './bad-usage.ts';
import { showEntries, similarNames } from './catalogue-show.ts';
import { EXIT_BAD_USAGE, EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { jsonText } from './json-text.ts';
import { checkMappingFile, onlyIn, refusedCatalogue } from './mapping-file.ts';

/** What each of the commands takes. */
export interface CatalogueOptions {
  readonly json?: boolean;
  /** A customer's mapping file. */
  readonly catalogue?: string;
}

/**
 * `vsoc catalogue check`: every check there is, each problem with file and row.
 *
 * @returns 0 for a good catalogue, 2 for problems of a mapping file, 1 for problems of ours
 */
export async function catalogueCheckCommand({ json, catalogue }: CatalogueOptions): Promise<number> {
  const files = await readFiles(catalogue);
  // The closed lists of ATT&CK and AWS say nothing about rules of a customer's own naming.
  const whole = files.problems.length > 0 || catalogue !== undefined;
  const problems = whole ? files.problems : await referenceProblems(files);
  if (json) {
    process.stdout.write(jsonText({ catalogue: files.rows.release.version, problems, counts: countsOf(files.rows) }));
  } else if (problems.length > 0) {
    process.stderr.write(`vsoc: the catalogue has ${problems.length} problems:\n${linesOf(problems)}`);
  } else {
    process.stdout.write(`${countTable(files)}The catalogue is good. ${releaseLine(files.rows)}`);
  }
  if (problems.length === 0) return EXIT_DONE;
  return onlyIn(catalogue, problems) ? EXIT_BAD_USAGE : EXIT_FAILED;
}

/**
 * `vsoc catalogue show`: all that is known of a rule, technique or other id.
 *
 * @returns 2 where the catalogue has nothing of that name
 */
export async function catalogueShowCommand(
  name: string,
  { json, catalogue, language }: CatalogueOptions & { readonly language: Language },
): Promise<number> {
  const files = await goodFiles(catalogue);
  const entries = showEntries(name, files.rows, files.review, language);
  if (entries.length === 0) {
    const similar = similarNames(name, files.rows);
    const hint =
      similar.length > 0 ? ` Did you mean ${similar.join(', ')}?` : ' Names are exact, upper and lower case too.';
    throw new BadUsage(`The catalogue has neither a rule nor an ATT&CK id "${name}".${hint}`);
  }
  process.stdout.write(
    json
      ? jsonText(entries.map(({ data }) => data))
      : `${entries.map(({ text }) => text).join('\n')}\n${releaseLine(files.rows)}`,
  );
  return EXIT_DONE;
}

/**
 * `vsoc catalogue diff`: what the current release of ATT&CK changes against an older one, in our links and, with a
 * database, in the findings that are open there.
 */
export async function catalogueDiffCommand({
  from,
  json,
  database,
}: {
  readonly from: string;
  readonly json?: boolean;
  readonly database?: string;
}): Promise<number> {
  const release = KNOWN_RELEASES.find((known) => known === from);
  const files = await goodFiles(undefined);
  const current = files.rows.release.attackRelease;
  if (release === undefined || release === current) {
    const older = KNOWN_RELEASES.filter((known) => known !== current);
    throw new BadUsage(`--from ${from}: the catalogue is at ${current} and can be compared with ${older.join(', ')}.`);
  }
  const upgrade = compareReleases(
    await readAttackRelease(release),
    await readAttackRelease(currentRelease(files.rows)),
    files.rows,
  );
  const open = database === undefined ? undefined : await countOpen(database, upgrade);
  const document = { from: release, to: current, ...upgrade, openTechniqueFindings: open };
  process.stdout.write(json ? jsonText(document) : upgradeText(release, files.rows, upgrade, open));
  return EXIT_DONE;
}

function currentRelease({ release }: CatalogueRows): KnownRelease {
  const known = KNOWN_RELEASES.find((candidate) => candidate === release.attackRelease);
  if (known === undefined) throw new Error(`sql/reference holds no ATT&CK ${release.attackRelease}.`);
  return known;
}

async function readFiles(mappingFile: string | undefined): Promise<CatalogueFiles> {
  await checkMappingFile(mappingFile);
  return readCatalogueFiles(CATALOGUE_DIRECTORY, mappingFile);
}

async function goodFiles(mappingFile: string | undefined): Promise<CatalogueFiles> {
  const files = await readFiles(mappingFile);
  if (files.problems.length > 0) throw refusedCatalogue(files.problems, mappingFile);
  return files;
}

async function referenceProblems({ rows }: CatalogueFiles): Promise<CatalogueProblem[]> {
  const enterprise = await readReference('attack/all-enterprise-technique-ids.csv');
  return checkReference(rows, {
    release: await readAttackRelease(currentRelease(rows)),
    enterprise: new Map(enterprise.map((row) => [row['technique_id'] ?? '', row['name'] ?? ''])),
    documented: await readDocumentedRules(),
  });
}

function linesOf(problems: readonly CatalogueProblem[]): string {
  return problems.map((problem) => `  ${describeProblem(problem)}\n`).join('');
}

function countsOf(rows: CatalogueRows): Record<string, number> {
  const { release: _release, ...tables } = rows;
  return Object.fromEntries(Object.entries(tables).map(([table, own]) => [table, own.length]));
}

function countTable({ rows, review }: CatalogueFiles): string {
  const table = new Table({ head: ['Checked', 'Rows'], style: { head: [], border: [] } });
  for (const [name, count] of Object.entries(countsOf(rows))) table.push([name, count]);
  table.push(['publishedLinks', review.publishedLinks.length], ['exceptions', review.exceptions.length]);
  return `${table.toString()}\n`;
}

function releaseLine({ release }: CatalogueRows): string {
  return `MITRE ATT&CK v${release.attackRelease}. ${release.copyright}\n`;
}

/** Open technique findings under ids that are withdrawn, by id. */
async function countOpen(url: string, { withdrawn }: AttackUpgrade): Promise<Record<string, number>> {
  try {
    parseConnectionUrl(url);
  } catch (error) {
    throw new BadUsage((error as Error).message, { cause: error });
  }
  const sequelize = connect(url, { poolSize: 1 });
  try {
    const rows = await sequelize.query<{ id: string; open: number }>(
      `SELECT technique_id AS id, count(*)::int AS open FROM state.technique_finding
       WHERE record_state = 'ACTIVE' AND technique_id = ANY ($1::text[]) GROUP BY technique_id ORDER BY technique_id`,
      { type: QueryTypes.SELECT, bind: [withdrawn.map(({ oldId }) => oldId)] },
    );
    return Object.fromEntries(rows.map(({ id, open }) => [id, open]));
  } finally {
    await sequelize.close();
  }
}

function upgradeText(
  from: string,
  rows: CatalogueRows,
  upgrade: AttackUpgrade,
  open: Readonly<Record<string, number>> | undefined,
): string {
  const head = (titles: string[]) => new Table({ head: titles, style: { head: [], border: [] } });
  const withdrawn = head(['Withdrawn', 'Successor', 'Our links', ...(open ? ['Open findings'] : [])]);
  for (const row of upgrade.withdrawn) {
    const successor = row.newId === null ? '-' : `${row.newId} ${row.newName ?? ''}`;
    withdrawn.push([`${row.oldId} ${row.oldName}`, successor, row.links, ...(open ? [open[row.oldId] ?? 0] : [])]);
  }
  const changed = head(['Technique', 'Was called', 'Now also under', 'No longer under', 'Our links']);
  for (const row of upgrade.changed) {
    changed.push([
      `${row.techniqueId} ${row.name}`,
      row.formerName ?? '',
      row.tacticsAdded.join(' '),
      row.tacticsRemoved.join(' '),
      row.links,
    ]);
  }
  const added = head(['New', 'Our links']);
  for (const row of upgrade.added) added.push([`${row.techniqueId} ${row.name}`, row.links]);
  return [
    `ATT&CK v${from} to v${rows.release.attackRelease}, cloud matrix: ${upgrade.linksTouched} of our ${rows.links.length} links are under a technique that changed.`,
    '',
    ...upgrade.tacticsRenamed.map((row) => `${row.tacticId} ${row.formerName} is now called ${row.name}.`),
    ...upgrade.tacticsNew.map((row) => `${row.tacticId} ${row.name} is new.`),
    '',
    withdrawn.toString(),
    changed.toString(),
    added.toString(),
    '',
    'What happens to open technique findings: once the new catalogue is loaded, the daily reconciliation (and before it any',
    'event of the same source) closes the finding under a withdrawn id and opens the one under its successor, each once;',
    'findings whose name or tactics changed are updated in place. Tactic findings follow within the minute.',
    releaseLine(rows),
  ].join('\n');
}
