import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createEmptyDatabase } from '../support/database.ts';
import { configFinding } from '../support/source-findings.ts';
import { vsoc } from '../support/vsoc.ts';

describe('vsoc start', function () {
  this.timeout(120_000);
  let cwd: string;

  beforeEach(async () => {
    cwd = await mkdtemp(path.join(os.tmpdir(), 'vsoc-start-'));
    // Run as root, the database server uses another account, which must be able to pass through.
    await chmod(cwd, 0o755);
  });

  afterEach(() => rm(cwd, { recursive: true, force: true }));

  const start = (...args: string[]) => vsoc(['start', ...args], { cwd, env: { VSOC_DATABASE_URL: '' } });
  const findings = (name: string) => readFile(path.join(cwd, 'out', name), 'utf8');

  it('does the main job, and running it again on the same database changes nothing', async () => {
    const first = await start();
    const written = await Promise.all([findings('technique-findings.json'), findings('tactic-findings.json')]);
    const second = await start();

    assert.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr);
    assert.match(first.stdout, /TA0006 Credential Access/);
    assert.match(
      first.stdout,
      /This run wrote [1-9]\d* technique findings and [1-9]\d* tactic findings and archived [1-9]/,
    );
    assert.match(first.stdout, /Loop guard: ([1-9]\d*) of \1 events/);
    assert.match(second.stdout, /This run wrote 0 technique findings and 0 tactic findings and archived 0\./);
    assert.doesNotMatch(second.stdout, /Loop guard/);
    assert.deepEqual(
      await Promise.all([findings('technique-findings.json'), findings('tactic-findings.json')]),
      written,
    );
  });

  it("keeps a file's hub apart, the local hub's findings within its database", async () => {
    await writeFile(path.join(cwd, 'mine.json'), JSON.stringify([configFinding()]));

    const { code, stderr } = await start('mine.json');

    const owners = JSON.parse(await findings('technique-findings.json')) as { Findings: { AwsAccountId: string }[] };
    assert.equal(code, 0, stderr);
    assert.ok(owners.Findings.length > 0);
    assert.ok(owners.Findings.every(({ AwsAccountId }) => AwsAccountId === '444455556666'));
    assert.ok(existsSync(path.join(cwd, '.virtual-soc/444455556666-eu-west-1/database/security-hub.json')));
    assert.ok(!existsSync(path.join(cwd, '.virtual-soc/sample')));
  });

  it("says what to do where the local hub's findings are lost, though the database knows of them", async () => {
    const database = await createEmptyDatabase();
    try {
      await writeFile(path.join(cwd, 'mine.json'), JSON.stringify([configFinding()]));
      const first = await start('mine.json', '--database', database.ownerUrl);
      await rm(path.join(cwd, '.virtual-soc'), { recursive: true });

      const second = await start('mine.json', '--database', database.ownerUrl);

      assert.deepEqual([first.code, second.code], [0, 1], first.stderr);
      assert.match(second.stderr, /^vsoc: The local Security Hub's findings are missing \(.*\), and .*\n$/);
    } finally {
      await database.drop();
    }
  });
});
