/** `vsoc fix-first` and `vsoc campaign`, run as a user does. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { databaseServerUrl } from '../support/database-server.ts';
import { assertLayer } from '../support/navigator-layer.ts';
import { configRuleFinding } from '../support/source-findings.ts';
import { vsoc } from '../support/vsoc.ts';

const FINDINGS = [
  configRuleFinding('s3-bucket-public-read-prohibited', { Id: 'bucket', Severity: { Label: 'HIGH' } }),
  configRuleFinding('restricted-ssh', { Id: 'ssh', Severity: { Label: 'LOW' } }),
];

describe('commands about a file of findings', function () {
  this.timeout(60_000);
  let directory: string;
  let server: string;

  before(async () => {
    server = await databaseServerUrl();
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-posture-'));
    await chmod(directory, 0o755);
  });
  after(() => rm(directory, { recursive: true }));

  const run = async (findings: unknown, command: readonly string[], ...options: string[]) => {
    const file = path.join(directory, 'findings.json');
    await writeFile(file, JSON.stringify(findings));
    return vsoc([...command, file, '--database', server, ...options]);
  };

  describe('vsoc fix-first', () => {
    it('ranks the rules, as a table and as JSON, with advice in the language asked for', async () => {
      const table = await run(FINDINGS, ['fix-first']);
      const { code, stdout } = await run(FINDINGS, ['fix-first'], '--json', '--language', 'es');

      const { rules, attack, asOf } = JSON.parse(stdout) as {
        rules: { rank: number; rule: string; closes: number; techniques: string[]; severity: string; advice: string }[];
        attack: { copyright: string };
        asOf: string;
      };
      assert.deepEqual([table.code, code], [0, 0]);
      for (const { rule, techniques } of rules) {
        assert.ok(table.stdout.includes(rule));
        assert.ok(techniques.length > 0);
      }
      assert.deepEqual(rules.map(({ rule }) => rule).sort(), ['restricted-ssh', 's3-bucket-public-read-prohibited']);
      assert.deepEqual(
        rules.map(({ closes }) => closes),
        rules.map(({ closes }) => closes).sort((a, b) => b - a),
      );
      assert.match(rules.map(({ advice }) => advice).join(' '), / el | la | de /);
      assert.match(attack.copyright, /MITRE/);
      assert.equal(asOf, '2026-11-01T10:00:00.000Z');
    });

    it('says so where there is nothing to fix', async () => {
      const { code, stdout } = await run([], ['fix-first']);

      assert.equal(code, 0);
      assert.match(stdout, /^No rule that can be fixed has an open finding\.$/m);
    });

    it('names what could not be read, does the rest, and exits 2', async () => {
      const { code, stdout, stderr } = await run([...FINDINGS, { Id: 'broken' }], ['fix-first']);

      assert.equal(code, 2);
      assert.match(stderr, /^vsoc: finding 3: SchemaVersion: is missing/m);
      assert.match(stdout, /restricted-ssh/);
    });
  });

  describe('vsoc campaign', () => {
    it('ranks campaigns and groups by the share of their cloud steps that is open', async () => {
      const table = await run(FINDINGS, ['campaign']);
      const { code, stdout } = await run(FINDINGS, ['campaign'], '--json');

      const { ranking } = JSON.parse(stdout) as {
        ranking: { id: string; share: number; steps: number; open: number }[];
      };
      assert.deepEqual([table.code, code], [0, 0]);
      assert.ok(ranking.length > 100);
      assert.ok((ranking[0]?.open ?? 0) > 0);
      for (const [index, { share }] of ranking.entries()) assert.ok(share <= (ranking[index - 1]?.share ?? 1));
      assert.match(table.stdout, new RegExp(` 1 │ ${ranking[0]?.id} .* ${ranking[0]?.open} of ${ranking[0]?.steps} `));
    });

    it('shows the state of each step by id, name or alias, and writes its layer', async () => {
      const layer = path.join(directory, 'layer.json');
      const byAlias = await run(FINDINGS, ['campaign', 'cozy bear'], '--json');
      const { code, stdout } = await run(FINDINGS, ['campaign', 'G0016'], '--layer', layer);

      const { id, techniques } = JSON.parse(byAlias.stdout) as {
        id: string;
        techniques: { technique: string; state: string }[];
      };
      assert.equal(code, 0);
      assert.equal(id, 'G0016');
      for (const { technique } of techniques) assert.ok(stdout.includes(technique));
      const written = JSON.parse(await readFile(layer, 'utf8')) as { techniques: unknown[] };
      assertLayer(written);
      assert.equal(written.techniques.length, techniques.length);
    });

    it('exits 2 where there is no such campaign, and names what comes near', async () => {
      const { code, stderr } = await run(FINDINGS, ['campaign', 'cozy be']);

      assert.equal(code, 2);
      assert.match(
        stderr,
        /^vsoc: No campaign or group with steps in the cloud is called "cozy be"\. Near it: G0016 APT29/,
      );
    });

    it('exits 2 where a layer of no campaign is asked for', async () => {
      const { code, stderr } = await run(FINDINGS, ['campaign'], '--layer', path.join(directory, 'none.json'));

      assert.equal(code, 2);
      assert.match(stderr, /^vsoc: --layer: a layer shows one campaign or group/);
    });
  });
});
