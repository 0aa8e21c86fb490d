import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Coverage, TechniqueCoverage } from '../../lambda/core/coverage.ts';
import { providerName } from '../../lambda/core/provider-name.ts';
import { reportCoverage } from '../../local/coverage.ts';
import { vsoc } from '../support/vsoc.ts';

const FIXTURE = 'test/fixtures/catalogue';

type CoverageDocument = Coverage & {
  readonly attack: { readonly release: string; readonly modified: string; readonly copyright: string };
  readonly catalogue: string;
};

/** The cells of each line of the tables, by the first one. */
function linesOf(text: string): Map<string, string[]> {
  const lines = text.split('\n').filter((line) => line.startsWith('│'));
  const cells = lines.map((line) =>
    line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(cells.map(([first = '', ...rest]) => [first, rest]));
}

/** What a line of a table says of these techniques, without the share. */
function cellsOf({ techniques, covered, byEffect, byBestScore }: TechniqueCoverage): string[] {
  return [techniques, covered, ...Object.values(byEffect), ...Object.values(byBestScore)].map(String);
}

function withoutShare(line: readonly string[] | undefined): string[] {
  assert.ok(line);
  return [...line.slice(0, 2), ...line.slice(3, 9)];
}

describe('vsoc coverage', () => {
  let text: string;
  let document: CoverageDocument;

  before(async () => {
    // In another directory: the command finds its data by itself.
    const cwd = os.tmpdir();
    const [plain, json] = await Promise.all([vsoc(['coverage'], { cwd }), vsoc(['coverage', '--json'], { cwd })]);
    assert.deepEqual([plain.code, plain.stderr], [0, '']);
    assert.deepEqual([json.code, json.stderr], [0, '']);
    text = plain.stdout;
    document = JSON.parse(json.stdout) as CoverageDocument;
  });

  it('says the same of techniques in its tables and in its JSON', () => {
    const lines = linesOf(text);

    for (const { tactic, name, cloud } of document.tactics) {
      assert.deepEqual(withoutShare(lines.get(`${tactic} ${name}`)), cellsOf(cloud), tactic);
    }
    for (const { platform, ...counts } of document.platforms) {
      assert.deepEqual(withoutShare(lines.get(platform)), cellsOf(counts), platform);
    }
    assert.deepEqual(withoutShare(lines.get('All, each technique once')), cellsOf(document.cloud));
    const listed = [...text.matchAll(/^ {2}(T\d{4}(?:\.\d{3})?) /gm)].map(([, id]) => id);
    assert.deepEqual([...listed].sort(), document.uncovered.map(({ technique }) => technique).sort());
  });

  it('says the same of rules in its tables and in its JSON', () => {
    const lines = linesOf(text);

    for (const { provider, rules, mapped, notMappable, retired, links } of document.providers) {
      const cells = [rules, mapped, notMappable, retired, links].map(String);
      assert.deepEqual(lines.get(providerName(provider)), cells, provider);
    }
    assert.deepEqual(lines.get('All providers'), Object.values(document.rules).map(String));
  });

  it('adds up', () => {
    for (const { covered, byBestScore } of [document.cloud, document.offMatrix, ...document.platforms]) {
      assert.equal(byBestScore.significant + byBestScore.partial + byBestScore.minimal, covered);
    }
    const { cloud, offMatrix, rules } = document;
    const all = cloud.techniques + offMatrix.techniques;
    assert.equal(cloud.covered + offMatrix.covered + document.uncovered.length, all);
    assert.equal(rules.mapped + rules.notMappable + rules.retired, rules.rules);
  });

  it("carries ATT&CK's copyright line and release in both forms", () => {
    const { release, copyright } = document.attack;

    assert.match(copyright, /^© \d{4} The MITRE Corporation\./);
    assert.ok(text.endsWith(`MITRE ATT&CK v${release}. ${copyright}\n`));
  });

  it('names the standards that it leaves out', () => {
    for (const { name, version } of document.unverifiedStandards) assert.ok(text.includes(`  ${name} ${version}\n`));
  });
});

describe('reportCoverage', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    await cp(FIXTURE, directory, { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('reports a verified standard in figures and an unverified one by name', async () => {
    const { output } = await reportCoverage(directory, {});

    assert.deepEqual(linesOf(output).get('NIST SP 800-53 5.2.0'), ['2', '2', '3']);
    assert.ok(output.includes('unverified:\n  CIS Critical Security Controls 8.1\n'));
  });

  it('gives no figures for a catalogue that is refused, but all its problems with file and line', async () => {
    const rules = 'rule_key,kind,status,not_mappable,inherits,advice_en,advice_es\n';
    await writeFile(path.join(directory, 'rules/guardduty.csv'), `${rules}x,postrue,active,,,,\ny,threat,gone,,,,\n`);

    for (const json of [false, true]) {
      const { output, problems, exitCode } = await reportCoverage(directory, { json });

      assert.equal(exitCode, 1);
      assert.equal(output, '');
      assert.match(problems, /^vsoc: the catalogue is refused:\n/);
      assert.match(problems, /^ {2}rules\/guardduty\.csv:2 \(kind\): "postrue" is not allowed here/m);
      assert.match(problems, /^ {2}rules\/guardduty\.csv:3 \(status\): "gone" is not allowed here/m);
    }
  });
});
