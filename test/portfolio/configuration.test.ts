import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfiguration } from '../../portfolio/configuration.ts';
import { EXAMPLE } from './synthesis.ts';

describe('readConfiguration', () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-configuration-'));
  });

  after(() => rmSync(directory, { recursive: true }));

  const example = readFileSync(EXAMPLE, 'utf8');
  const read = (text: string) => {
    const file = path.join(directory, 'configuration.yaml');
    writeFileSync(file, text);
    return readConfiguration(file);
  };

  it('reads the example', () => {
    const { portfolio, hub } = read(example);

    assert.deepEqual([portfolio.account, portfolio.region, hub.account], ['111122223333', 'eu-west-1', '444455556666']);
  });

  it('reads JSON, and fills in what has a default', () => {
    const { portfolio } = read(
      JSON.stringify({
        version: 1,
        organization: { id: 'o-exampleorgid' },
        portfolio: { account: '111122223333', region: 'us-east-1', provider: 'Governance', assetBucket: {} },
        hub: { account: '111122223333', share: 'none', launchRole: 'launch', launchers: [] },
      }),
    );

    assert.deepEqual([portfolio.name, portfolio.assetBucket.exists], ['Virtual SOC', false]);
  });

  it('names every place where something is wrong', () => {
    const text = example.replace("'111122223333'", '111122223333').replace('eu-west-1', 'Ireland');

    assert.throws(
      () => read(text),
      /portfolio\.account: must be an account id in quotes[^]*portfolio\.region: must be a Region/,
    );
  });

  it('refuses a setting that it does not know', () => {
    assert.throws(() => read(`${example}\nacounts: []\n`), /acounts/);
  });

  it('refuses to share a portfolio with its own account', () => {
    assert.throws(() => read(example.replace('444455556666', '111122223333')), /hub\.share: must be none/);
  });
});
