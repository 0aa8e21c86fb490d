import assert from 'node:assert/strict';
import { Signer } from '@aws-sdk/rds-signer';
import { tokenProblem } from './rds-stand-in.ts';

const OPTIONS = {
  hostName: 'database.example.eu-west-1.rds.amazonaws.com',
  port: 5432,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'made-up/secret' },
};
const USER = 'virtual_soc_function';

/** A token as the AWS SDK makes it. */
function tokenOf(changes: Partial<ConstructorParameters<typeof Signer>[0]> = {}): Promise<string> {
  const { hostName: hostname, port, region, credentials } = OPTIONS;
  const signed = { ...credentials, sessionToken: 'made-up+session/token==' };
  return new Signer({ hostname, port, region, username: USER, credentials: signed, ...changes }).getAuthToken();
}

const problemOf = (token: string, now = new Date()) => tokenProblem(token, USER, OPTIONS, now);

describe('tokenProblem', () => {
  it('accepts a token of the AWS SDK', async () => {
    assert.equal(problemOf(await tokenOf()), undefined);
  });

  it('refuses one for another host, port, user or Region', async () => {
    assert.equal(problemOf(await tokenOf({ hostname: 'other.example' })), 'it is for other.example:5432');
    assert.equal(problemOf(await tokenOf({ port: 5433 })), `it is for ${OPTIONS.hostName}:5433`);
    assert.equal(problemOf(await tokenOf({ username: 'somebody' })), 'it is for the user somebody');
    assert.equal(problemOf(await tokenOf({ region: 'us-east-1' })), 'it has another scope');
  });

  it('refuses one after a quarter of an hour', async () => {
    assert.equal(problemOf(await tokenOf(), new Date(Date.now() + 901_000)), 'it has expired');
  });

  it('refuses one that another secret has signed, or that was changed', async () => {
    const credentials = { ...OPTIONS.credentials, secretAccessKey: 'another' };

    assert.equal(problemOf(await tokenOf({ credentials })), 'its signature is wrong');
    assert.equal(problemOf((await tokenOf()).replace('made-up', 'made_up')), 'its signature is wrong');
    assert.equal(problemOf('password'), 'it is for password:');
  });
});
