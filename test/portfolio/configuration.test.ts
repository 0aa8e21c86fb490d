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
  const withoutRollout = (text: string) => text.slice(0, text.indexOf('\nrollout:'));
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

  it('takes the address of the docs with or without a slash, and no other kind of address', () => {
    const at = (url: string) => example.replace(/documentation: \S+/, `documentation: ${url}`);

    assert.equal(
      read(at('https://wiki.example.com/soc/docs/')).portfolio.documentation,
      'https://wiki.example.com/soc/docs',
    );
    for (const url of ['http://wiki.example.com/docs', 'docs', 'https://wiki.example.com/?page=docs', 'file:///docs'])
      assert.throws(() => read(at(`'${url}'`)), /portfolio\.documentation: must be the URL of the docs folder/, url);
  });

  it('refuses to share a portfolio with its own account', () => {
    assert.throws(() => read(example.replace('444455556666', '111122223333')), /hub\.share: must be none/);
  });

  it('discovers the hub account only where the share goes through the organisation', () => {
    const discovered = withoutRollout(example).replace("account: '444455556666'", 'account: discover');

    assert.equal(read(discovered).hub.account, 'discover');
    assert.throws(() => read(discovered.replace('share: organization-node', 'share: account')), /hub\.account: can be/);
  });

  it('refuses to discover the hub account where there is a rollout, whose templates name it', () => {
    const discovered = example.replace("account: '444455556666'", 'account: discover');

    assert.throws(() => read(discovered), /hub\.account: must be an account id where there is a rollout/);
  });

  it('takes the governance account for the management account only where it deploys as that', () => {
    const asManagement = example.replace('callAs: delegated-administrator', 'callAs: management-account');
    const same = (text: string) =>
      text.replace("managementAccount: '999900001111'", "managementAccount: '111122223333'");

    assert.equal(read(same(asManagement)).rollout?.managementAccount, '111122223333');
    assert.throws(() => read(asManagement), /rollout\.managementAccount: must be portfolio\.account/);
    assert.throws(() => read(same(example)), /rollout\.managementAccount: must be portfolio\.account/);
  });

  it('refuses recorders in accounts that stack sets do not reach', () => {
    const withRecorder = (account: string) =>
      example.replace(
        '  # recorders:',
        `  recorders: [{ accounts: ['${account}'], regions: [eu-west-1], deliveryBucket: exmp-history }]\n  #`,
      );

    assert.equal(read(withRecorder('555566667777')).rollout?.recorders.length, 1);
    assert.throws(() => read(withRecorder('999900001111')), /rollout\.recorders: must not name the management account/);
    assert.throws(() => read(withRecorder('222233334444')), /rollout\.recorders: must not name an account of excluded/);
  });

  it('takes a unit or the organisation itself as a node, and no other organisation', () => {
    const withNode = (node: string) => example.replace('  launchRole:', `  node: ${node}\n  launchRole:`);

    assert.equal(read(withNode('ou-exmp-secops01')).hub.node, 'ou-exmp-secops01');
    assert.throws(() => read(withNode('o-anotherorgid')), /hub\.node: is another organization/);
    assert.throws(() => read(withNode("'444455556666'")), /hub\.node: must be the id of/);
    assert.throws(
      () => read(withNode('ou-exmp-secops01').replace('share: organization-node', 'share: account')),
      /hub\.node: is of use only/,
    );
  });

  it('refuses a topic of another Region', () => {
    const topic = 'notificationTopic: arn:aws:sns:us-east-1:111122223333:launches';

    assert.throws(() => read(example.replace('tagUpdates:', `${topic}\n    tagUpdates:`)), /must be in the Region/);
  });

  it('finds the directory of released versions from the file, wherever it is read', () => {
    const { versions } = read(`${example}\nversions:\n  directory: released\n`);

    assert.equal(versions?.directory, path.join(directory, 'released'));
  });
});
