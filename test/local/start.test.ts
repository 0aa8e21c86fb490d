import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { vsoc } from '../support/vsoc.ts';

describe('vsoc start', function () {
  this.timeout(120_000);
  let cwd: string;

  before(async () => {
    cwd = await mkdtemp(path.join(os.tmpdir(), 'vsoc-start-'));
  });

  after(() => rm(cwd, { recursive: true, force: true }));

  const start = () => vsoc(['start'], { cwd, env: { VSOC_DATABASE_URL: '' } });
  const findings = (name: string) => readFile(path.join(cwd, 'out', name), 'utf8');

  it('does the main job, and running it again on the same database changes nothing', async () => {
    const first = await start();
    const written = await Promise.all([findings('technique-findings.json'), findings('tactic-findings.json')]);
    const second = await start();

    assert.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr);
    assert.match(first.stdout, /TA0006 Credential Access/);
    assert.match(first.stdout, /This run wrote [1-9]\d* technique and [1-9]\d* tactic findings and archived [1-9]/);
    assert.match(first.stdout, /Loop guard: ([1-9]\d*) of \1 events/);
    assert.match(second.stdout, /This run wrote 0 technique and 0 tactic findings and archived 0\./);
    assert.deepEqual(
      await Promise.all([findings('technique-findings.json'), findings('tactic-findings.json')]),
      written,
    );
  });
});
