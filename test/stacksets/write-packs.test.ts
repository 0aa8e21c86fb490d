import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { EXAMPLE } from '../portfolio/synthesis.ts';

const ROOT = new URL('../..', import.meta.url);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function writePacks(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'stacksets/write-packs.ts', ...args];
    execFile(process.execPath, command, { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('write-packs', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'virtual-soc-packs-'));
  });

  after(() => rm(directory, { recursive: true }));

  it('writes each pack and what is in it', async () => {
    const out = path.join(directory, 'packs');

    const { code, stdout } = await writePacks('--configuration', EXAMPLE, '--out', out);

    const files = await readdir(out);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+ rules in 8 packs written to /);
    assert.ok(files.includes('virtual-soc-identity.yaml') && files.includes('virtual-soc-global.yaml'));
    const pack = parse(await readFile(path.join(out, 'virtual-soc-global.yaml'), 'utf8')) as Record<string, object>;
    assert.ok(Object.hasOwn(pack['Resources'] ?? {}, 'AccessKeysRotated'));
    const table = await readFile(path.join(out, 'packs.md'), 'utf8');
    assert.match(table, /^\| access-keys-rotated \| T1078\.004, T1552\.001 \| maxAccessKeyAge: 90 \| /m);
    assert.match(table, /^\| sns-encrypted-kms \| not part of level essential \|$/m);
  });

  it('ends with 2 and says what to mend where the configuration cannot be followed', async () => {
    const file = path.join(directory, 'configuration.yaml');
    const text = await readFile(EXAMPLE, 'utf8');
    await writeFile(file, text.replace("maxAccessKeyAge: '90'", "maxAccesKeyAge: '90'"));

    const { code, stderr } = await writePacks('--configuration', file, '--out', path.join(directory, 'none'));

    assert.equal(code, 2);
    assert.match(stderr, /configRules\.parameters\.access-keys-rotated\.maxAccesKeyAge: .*it takes maxAccessKeyAge/);
  });

  it('ends with 2 for a command line that is wrong, and with 1 where it cannot write', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');

    const missing = await writePacks();
    const level = await writePacks('--level', 'some', '--out', directory);
    const unwritable = await writePacks('--out', file);

    assert.deepEqual([missing.code, level.code, unwritable.code], [2, 2, 1]);
    assert.match(missing.stderr, /^write-packs: --out is missing/);
    assert.match(level.stderr, /must be essential or full/);
    assert.match(unwritable.stderr, /^write-packs: --out .*file: a file of that name is there already$/m);
  });
});
