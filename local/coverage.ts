/** `vsoc coverage`: what of ATT&CK and of the rules it knows the catalogue covers. Reads the data files; needs no database. */
import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { type CatalogueRows, UNLINKED_REASONS, type UnlinkedReason } from '../lambda/core/catalogue.ts';
import { type Coverage, type TechniqueCoverage, computeCoverage } from '../lambda/core/coverage.ts';
import { providerName } from '../lambda/core/provider-name.ts';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../sql/catalogue-files.ts';
import { BadUsage } from './bad-usage.ts';
import { EXIT_BAD_USAGE, EXIT_DONE, EXIT_FAILED } from './exit-code.ts';
import { describeFileProblem } from './file-problem.ts';
import { jsonText } from './json-text.ts';
import { checkMappingFile, onlyIn, refusedCatalogue } from './mapping-file.ts';
import { coverageLayer } from './navigator-layer.ts';

export interface CoverageOptions {
  readonly json?: boolean;
  /** File to write a Navigator layer to. */
  readonly layer?: string;
  /** A customer's mapping file. */
  readonly catalogue?: string;
}

/** Runs the command and returns its exit code. Throws where the catalogue's directory cannot be read at all. */
export async function coverageCommand(options: CoverageOptions): Promise<number> {
  await checkMappingFile(options.catalogue);
  const report = await reportCoverage(CATALOGUE_DIRECTORY, options);
  if (report.layer !== undefined && options.layer !== undefined) await writeLayer(options.layer, report.layer);
  process.stdout.write(report.output);
  process.stderr.write(report.problems);
  return report.exitCode;
}

async function writeLayer(file: string, layer: object): Promise<void> {
  try {
    await writeFile(file, jsonText(layer));
  } catch (error) {
    throw new BadUsage(`--layer ${file}: ${describeFileProblem(error)}`, { cause: error });
  }
}

/** What the command has to say: an answer for standard output, or problems for standard error. */
export interface CoverageReport {
  readonly output: string;
  readonly problems: string;
  /** A Navigator layer; undefined where the catalogue is refused. */
  readonly layer: object | undefined;
  readonly exitCode: number;
}

/**
 * Reads a catalogue and reports what it covers, as tables or as JSON. One that the loader would refuse has no figures:
 * all its problems are listed, each with file, line and remedy.
 *
 * @param directory laid out as `sql/catalogue`
 */
export async function reportCoverage(
  directory: string,
  { json, catalogue }: Pick<CoverageOptions, 'json' | 'catalogue'>,
): Promise<CoverageReport> {
  const { rows, problems } = await readCatalogueFiles(directory, catalogue);
  if (problems.length > 0) {
    const { message } = refusedCatalogue(problems, catalogue);
    const exitCode = onlyIn(catalogue, problems) ? EXIT_BAD_USAGE : EXIT_FAILED;
    return { output: '', problems: `vsoc: ${message}\n`, layer: undefined, exitCode };
  }
  const coverage = computeCoverage(rows);
  const output = json ? coverageJson(rows.release, coverage) : coverageText(rows.release, coverage);
  return { output, problems: '', layer: coverageLayer(rows, coverage), exitCode: EXIT_DONE };
}

function coverageJson(release: CatalogueRows['release'], coverage: Coverage): string {
  const { attackRelease, modified, copyright, version } = release;
  const document = { attack: { release: attackRelease, modified, copyright }, catalogue: version, ...coverage };
  return jsonText(document);
}

/** Plain text without colours, so that it can be copied into a ticket. */
function coverageText(release: CatalogueRows['release'], coverage: Coverage): string {
  const { cloud, offMatrix, rules } = coverage;
  return [
    `${rules.mapped} rules cover ${cloud.covered} of the ${cloud.techniques} techniques of ATT&CK's cloud matrix (${share(cloud)}). ` +
      `Off-matrix, among parents of`,
    `cloud sub-techniques and what only run-time and network detections show, it is ${offMatrix.covered} of ${offMatrix.techniques}.`,
    'A technique is covered when an active rule is linked to it. Sub-techniques do not count for their parents.',
    'Protect, Detect, Respond: techniques with a link of that effect. Significant, Partial, Minimal: by their best link.',
    '',
    tacticTable(coverage),
    '',
    platformTable(coverage),
    '',
    ruleTable(coverage),
    ...reasonLines(coverage),
    '',
    ...standardLines(coverage),
    '',
    ...unlinkedLines(coverage),
    ...uncoveredLines(coverage, 'cloud', 'Not covered, cloud matrix, reason not decided'),
    ...uncoveredLines(coverage, 'off-matrix', 'Not covered, off-matrix'),
    '',
    `MITRE ATT&CK v${release.attackRelease}. ${release.copyright}`,
    '',
  ].join('\n');
}

const COUNT_HEADS = ['Total', 'Covered', 'Share', 'Protect', 'Detect', 'Respond', 'Significant', 'Partial', 'Minimal'];

function countCells(counts: TechniqueCoverage): (string | number)[] {
  const { techniques, covered, byEffect, byBestScore } = counts;
  return [
    techniques,
    covered,
    share(counts),
    byEffect.protect,
    byEffect.detect,
    byEffect.respond,
    byBestScore.significant,
    byBestScore.partial,
    byBestScore.minimal,
  ];
}

/** Whole percent, rounded down: 100 % means all. */
function share({ techniques, covered }: TechniqueCoverage): string {
  return techniques === 0 ? '-' : `${Math.floor((100 * covered) / techniques)} %`;
}

function tacticTable({ tactics, cloud, offMatrix }: Coverage): string {
  const offMatrixCell = ({ covered, techniques }: TechniqueCoverage) =>
    techniques === 0 ? '-' : `${covered} of ${techniques}`;
  return table(
    ['Tactic', ...COUNT_HEADS, 'Off-matrix'],
    [
      ...tactics.map(({ tactic, name, ...counts }) => [
        `${tactic} ${name}`,
        ...countCells(counts.cloud),
        offMatrixCell(counts.offMatrix),
      ]),
      ['All, each technique once', ...countCells(cloud), offMatrixCell(offMatrix)],
    ],
  );
}

function platformTable({ platforms }: Coverage): string {
  return table(
    ['Platform', ...COUNT_HEADS],
    platforms.map((platform) => [platform.platform, ...countCells(platform)]),
  );
}

function ruleTable({ providers, rules }: Coverage): string {
  const cells = (counts: Coverage['rules']) => [
    counts.rules,
    counts.mapped,
    counts.notMappable,
    counts.retired,
    counts.links,
  ];
  return table(
    ['Rules of', 'Rules', 'Mapped', 'Not mappable', 'Retired', 'Links'],
    [
      ...providers.map((counts) => [providerName(counts.provider), ...cells(counts)]),
      ['All providers', ...cells(rules)],
    ],
  );
}

function reasonLines({ notMappable }: Coverage): string[] {
  const reasons = Object.entries(notMappable).map(([reason, count]) => `${reason} ${count}`);
  return [
    'Retired rules count in no other figure.',
    ...(reasons.length > 0 ? [`Not mappable: ${reasons.join(', ')}.`] : []),
  ];
}

function standardLines({ standards, unverifiedStandards }: Coverage): string[] {
  const verified = table(
    ['Standard', 'Controls', 'Linked', 'Techniques'],
    standards.map(({ name, version, controls, linkedControls, techniques }) => [
      `${name} ${version}`,
      controls,
      linkedControls,
      techniques,
    ]),
  );
  return [
    ...(standards.length > 0 ? [verified] : []),
    ...(unverifiedStandards.length > 0 ? ['Standards left out, since their control ids are unverified:'] : []),
    ...unverifiedStandards.map(({ name, version }) => `  ${name} ${version}`),
  ];
}

/** What each reason means for whoever reads the list. */
const REASON_TITLES: Readonly<Record<UnlinkedReason, string>> = {
  'no-native-detection': 'Not detected natively: nothing of AWS shows or closes it',
  'outside-aws': 'Outside AWS: it happens where AWS has no sensor (identity provider, SaaS, office suite, people)',
  'through-sub-techniques': 'Seen through sub-techniques, to which the rules are linked',
  'through-technique': 'Seen as the technique above it: a finding does not tell which sub-technique it was',
};

function unlinkedLines({ uncovered }: Coverage): string[] {
  return UNLINKED_REASONS.toReversed().flatMap((reason) => {
    const own = uncovered.filter((found) => found.matrix === 'cloud' && found.reason === reason);
    if (own.length === 0) return [];
    const lines = own.map(({ technique, name, explanation }) => `  ${technique} ${name}: ${explanation ?? ''}`);
    return [`${REASON_TITLES[reason]} (${own.length}):`, ...lines, ''];
  });
}

function uncoveredLines({ uncovered, tactics }: Coverage, matrix: 'cloud' | 'off-matrix', title: string): string[] {
  const names = new Map(tactics.map(({ tactic, name }) => [tactic, name]));
  const techniques = uncovered.filter((found) => found.matrix === matrix && found.reason === undefined);
  if (techniques.length === 0) return [];
  return [
    `${title} (${techniques.length}):`,
    ...techniques.map(
      ({ technique, name, tactics: under }) =>
        `  ${technique} ${name} (${under.map((tactic) => names.get(tactic) ?? tactic).join(', ')})`,
    ),
  ];
}

function table(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...lines.map((line) => [...line]));
  return drawn.toString();
}
