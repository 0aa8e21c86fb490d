import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { vsoc } from '../support/vsoc.ts';

describe('vsoc catalogue', () => {
  let directory: string;
  let mappings: string;

  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    mappings = path.join(directory, 'mappings.yaml');
    await writeFile(
      mappings,
      `version: 1
rules:
  - rule: config:acme-no-public-buckets
    kind: posture
    inherits: config:s3-bucket-public-read-prohibited
`,
    );
  });

  after(() => rm(directory, { recursive: true }));

  describe('check', () => {
    it('finds our catalogue good', async () => {
      const { code, stdout, stderr } = await vsoc(['catalogue', 'check']);

      assert.equal(stderr, '');
      assert.match(stdout, /The catalogue is good\. MITRE ATT&CK v19\.2\. © 2026/);
      assert.equal(code, 0);
    });

    it('prints counts and problems as JSON', async () => {
      const { stdout } = await vsoc(['catalogue', 'check', '--json']);

      const { problems, counts } = JSON.parse(stdout) as { problems: unknown[]; counts: Record<string, number> };
      assert.deepEqual(problems, []);
      assert.ok((counts['rules'] ?? 0) > 1500);
    });

    it('accepts a good mapping file', async () => {
      assert.equal((await vsoc(['catalogue', 'check', '--catalogue', mappings])).code, 0);
    });

    it('names line and remedy of a bad one, and exits 2', async () => {
      const bad = path.join(directory, 'bad.yaml');
      await writeFile(
        bad,
        'version: 1\nrules:\n  - rule: config:acme\n    inherits: config:nothing\n    kind: posture\n',
      );

      const { code, stderr } = await vsoc(['catalogue', 'check', '--catalogue', bad]);

      assert.match(stderr, /bad\.yaml:3 \(inherits\): There is no rule config:nothing\./);
      assert.equal(code, 2);
    });

    it('says that there is no such file, and exits 2', async () => {
      const { code, stderr } = await vsoc(['catalogue', 'check', '--catalogue', path.join(directory, 'none.yaml')]);

      assert.match(stderr, /^vsoc: --catalogue .*none\.yaml: there is no such file\.\n$/);
      assert.equal(code, 2);
    });
  });

  describe('show', () => {
    it('tells all about a rule, found by its key with or without provider and by another name', async () => {
      const byKey = await vsoc(['catalogue', 'show', 'cloudtrail-enabled']);
      const withProvider = await vsoc(['catalogue', 'show', 'config:cloudtrail-enabled']);
      const byAlias = await vsoc(['catalogue', 'show', 'CloudTrailEnabled']);

      assert.equal(byKey.code, 0);
      assert.match(byKey.stdout, /cloudtrail-enabled \(AWS Config\)/);
      assert.match(byKey.stdout, /T1685\.002 Disable or Modify Tools: Disable or Modify Cloud Log/);
      assert.deepEqual([withProvider.stdout, byAlias.stdout], [byKey.stdout, byKey.stdout]);
    });

    it('tells all about a technique, in Spanish if asked', async () => {
      const { stdout } = await vsoc(['catalogue', 'show', 'T1110.003', '--language', 'es']);

      assert.match(stdout, /T1110\.003 Fuerza bruta: /);
      assert.match(stdout, /Amazon GuardDuty:|AWS Config:/);
    });

    it('shows the successor of a withdrawn technique', async () => {
      const { stdout } = await vsoc(['catalogue', 'show', 'T1562.008']);

      assert.match(stdout, /T1562\.008 was withdrawn by ATT&CK 19\.0; this is its successor\.\n\nT1685\.002 /);
    });

    it('knows tactics, mitigations, campaigns and groups', async () => {
      const names = await Promise.all(
        ['TA0112', 'M1032', 'C0027', 'G0016'].map(
          async (id) => (await vsoc(['catalogue', 'show', id])).stdout.split('\n')[0],
        ),
      );

      assert.deepEqual(names, [
        'TA0112 Defense Impairment',
        'M1032 Multi-factor Authentication',
        'C0027 C0027',
        'G0016 APT29',
      ]);
    });

    it('shows a rule of a mapping file', async () => {
      const { stdout } = await vsoc(['catalogue', 'show', 'acme-no-public-buckets', '--catalogue', mappings, '--json']);

      const [entry] = JSON.parse(stdout) as { links: { techniqueId: string }[] }[];
      assert.ok(entry?.links.some(({ techniqueId }) => techniqueId === 'T1530'));
    });

    it('proposes names for one that it does not know, and exits 2', async () => {
      const { code, stderr } = await vsoc(['catalogue', 'show', 'CloudTrail-Enabled']);

      assert.match(
        stderr,
        /neither a rule nor an ATT&CK id "CloudTrail-Enabled"\. Did you mean config:cloudtrail-enabled/,
      );
      assert.equal(code, 2);
    });
  });

  describe('diff', () => {
    it('shows what an upgrade changes', async () => {
      const { code, stdout } = await vsoc(['catalogue', 'diff', '--from', '18.1']);

      assert.equal(code, 0);
      assert.match(stdout, /TA0005 Defense Evasion is now called Stealth\./);
      assert.match(stdout, /T1562\.008 Impair Defenses: Disable or Modify Cloud Logs .* T1685\.002/);
    });

    it('names the releases that it knows, and exits 2', async () => {
      const { code, stderr } = await vsoc(['catalogue', 'diff', '--from', '12.0']);

      assert.match(stderr, /--from 12\.0: the catalogue is at 19\.2 and can be compared with 18\.1\./);
      assert.equal(code, 2);
    });
  });

  it('writes a Navigator layer of the coverage', async () => {
    const file = path.join(directory, 'coverage.json');

    const { code } = await vsoc(['coverage', '--layer', file]);

    assert.equal(code, 0);
    const layer = JSON.parse(await readFile(file, 'utf8')) as {
      versions: Record<string, string>;
      techniques: { techniqueID: string; score: number; comment: string }[];
    };
    assert.deepEqual([layer.versions['layer'], layer.versions['attack']], ['4.5', '19']);
    assert.equal(new Set(layer.techniques.map(({ techniqueID }) => techniqueID)).size, layer.techniques.length);
    assert.ok(layer.techniques.some(({ score }) => score === 0) && layer.techniques.some(({ score }) => score === 100));
  });
});
