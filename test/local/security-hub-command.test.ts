import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startSecurityHub } from '../../local/security-hub/server.ts';
import { vsoc } from '../support/vsoc.ts';

describe('vsoc security-hub', () => {
  it('names both variables of the Region: AWS CLI 1 and boto3 read one, the SDK for JavaScript the other', async () => {
    const command = fileURLToPath(new URL('../../local/vsoc.js', import.meta.url));
    const child = spawn(process.execPath, [command, 'security-hub', '--region', 'eu-central-1']);
    const exit = once(child, 'exit');

    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGTERM');

    assert.match(printed.toString(), / AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1 /);
    assert.deepEqual(await exit, [0, null]);
  });

  it('says in one line that the port is taken, or that the store cannot be used', async () => {
    const hub = await startSecurityHub({ account: '111122223333', region: 'eu-west-1' });
    const { port } = new URL(hub.url);
    try {
      const taken = await vsoc(['security-hub', '--port', port]);
      const directory = await vsoc(['security-hub', '--store', tmpdir()]);

      assert.deepEqual(
        [taken.code, taken.stderr],
        [
          1,
          `vsoc: --port ${port}: another program listens there. Choose another port, or leave it out to get a free one.\n`,
        ],
      );
      assert.equal(directory.code, 1);
      assert.match(directory.stderr, /^vsoc: .*directory.*\n$/);
    } finally {
      await hub.close();
    }
  });
});
