import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CfnOutput, CfnResource } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import { keepVersion, lostResources, readReleasedVersions } from '../../portfolio/released-versions.ts';
import type { Stacks } from '../../portfolio/stacks.ts';
import { launchFailures, launchPolicies } from './launch-failures.ts';
import {
  EXAMPLE,
  resourcesOf,
  type Synthesis,
  synthesise,
  type SynthesisOptions,
  SYNTHESIS_TIMEOUT,
  type Template,
} from './synthesis.ts';

/** Templates are the same without, but for the names of the functions' code. */
const WITHOUT_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/** Two organisations that have nothing in common. */
const ORGANIZATIONS = {
  red: { organization: 'o-redredredr', governance: '111111111111', hub: '222222222222', region: 'eu-west-1' },
  blue: { organization: 'o-blueblueblu', governance: '333333333333', hub: '444444444444', region: 'us-east-1' },
} as const;

type Name = keyof typeof ORGANIZATIONS;

/** What a later version of ours might bring. */
const later = ({ portfolio: { product } }: Stacks) => {
  new CfnOutput(product, 'News', { value: 'new in this version' });
  new Queue(product, 'NewQueue');
};

describe('two organisations with two released versions each', () => {
  let directory: string;
  const first = {} as Record<Name, Synthesis>;
  const second = {} as Record<Name, Synthesis>;

  before(function () {
    this.timeout(2 * SYNTHESIS_TIMEOUT);
    directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-organizations-'));
    for (const name of names()) first[name] = synthesiseOf(name, { version: '1.0.0', release: true });
    for (const name of names()) second[name] = synthesiseOf(name, { version: '2.0.0', release: true, change: later });
  });

  after(() => rmSync(directory, { recursive: true }));

  it('offers only the current version at first', () => {
    for (const name of names()) assert.deepEqual(Object.keys(offeredBy(first[name])), ['1.0.0']);
  });

  it('offers the older version beside the current one, at the address that it always had', () => {
    for (const name of names()) {
      const offered = offeredBy(second[name]);

      assert.deepEqual(Object.keys(offered), ['1.0.0', '2.0.0']);
      assert.deepEqual(offered['1.0.0'], offeredBy(first[name])['1.0.0']);
      assert.notDeepEqual(offered['2.0.0'], offered['1.0.0']);
    }
  });

  it('uploads the older version byte by byte as it was released', () => {
    for (const name of names()) {
      const { directory: former } = first[name];
      const [file = ''] = readdirSync(former).filter((candidate) => candidate.endsWith('.product.template.json'));

      assert.equal(second[name].released['1.0.0'], readFileSync(path.join(former, file), 'utf8'));
    }
  });

  it('keeps the older template where the address of the version is looked for', () => {
    for (const name of names()) {
      const manifest = readFileSync(path.join(second[name].directory, 'VirtualSocPortfolio.assets.json'), 'utf8');
      const { files } = JSON.parse(manifest) as { files: Record<string, { source: { path: string } }> };
      const sources = Object.values(files).map(({ source }) => source.path);

      assert.ok(sources.includes('VirtualSocPortfolio-1.0.0.released.template.json'));
    }
  });

  it('lets no organisation into the templates or versions of another', () => {
    const own = (name: Name) => {
      const { organization, governance, hub } = ORGANIZATIONS[name];
      return [organization, governance, hub];
    };
    for (const [name, other] of [
      ['red', 'blue'],
      ['blue', 'red'],
    ] as const) {
      const { portfolio, product, launchRole, released } = second[name];
      const text = JSON.stringify([portfolio, product, launchRole, released, kept(name)]);

      for (const word of own(other)) assert.ok(!text.includes(word), `${word} in ${name}`);
      assert.ok(text.includes(ORGANIZATIONS[name].governance));
    }
  });

  it('keeps the logical id of everything that holds something', () => {
    for (const name of names()) {
      const older = JSON.stringify(first[name].product);
      const newer = JSON.stringify(second[name].product);

      assert.deepEqual(lostResources(older, newer), []);
      assert.equal(lostResources(newer, older).length, 1);
    }
  });

  it('can launch the older version with the launch role of the current one', () => {
    for (const name of names()) {
      const { hub: account, governance, region } = ORGANIZATIONS[name];
      const bucket = `virtual-soc-${governance}-${region}`;
      const installation = { account, region, bucket, launchRole: 'virtual-soc-launch' };
      const { launchRole, released } = second[name];
      const older = JSON.parse(released['1.0.0'] ?? '') as Template;

      assert.deepEqual(launchFailures(older, launchPolicies(launchRole, installation), installation), []);
    }
  });

  it('refuses another template under the name of a released version', () => {
    assert.throws(
      () => synthesiseOf('red', { version: '2.0.0' }),
      /Version 2\.0\.0 was released with another template[^]*raise the version in package\.json/,
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('takes a released version that has not changed, with or without releasing it again', () => {
    const before = kept('red');

    for (const release of [true, false]) {
      const { portfolio } = synthesiseOf('red', { version: '2.0.0', release, change: later });
      assert.equal(resourcesOf(portfolio, 'AWS::ServiceCatalog::CloudFormationProduct').length, 1);
    }

    assert.deepEqual(kept('red'), before);
  }).timeout(SYNTHESIS_TIMEOUT);

  it('keeps nothing of a version that is not released', () => {
    const before = kept('blue');

    const { portfolio } = synthesiseOf('blue', { version: '3.0.0', change: later });

    assert.deepEqual(Object.keys(offeredBy({ portfolio })), ['1.0.0', '2.0.0', '3.0.0']);
    assert.deepEqual(kept('blue'), before);
  }).timeout(SYNTHESIS_TIMEOUT);

  it('refuses an upgrade that would lose what is kept', () => {
    const renamed = (stacks: Stacks) => {
      later(stacks);
      const database = stacks.portfolio.product.node
        .findAll()
        .filter((child) => CfnResource.isCfnResource(child))
        .find(({ cfnResourceType }) => cfnResourceType === 'AWS::RDS::DBInstance');
      database?.overrideLogicalId('AnotherDatabase');
    };

    assert.throws(
      () => synthesiseOf('red', { version: '3.0.0', change: renamed }),
      /An upgrade from version 2\.0\.0 to 3\.0\.0 would lose AttackRepositoryInstance/,
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('refuses to offer a version that reads its code from another bucket', () => {
    const configuration = configurationOf('red');
    const { portfolio } = configuration;
    const moved = { ...configuration, portfolio: { ...portfolio, assetBucket: { name: 'elsewhere', exists: false } } };

    assert.throws(
      () => synthesise(moved, WITHOUT_BUNDLES, { version: '3.0.0' }),
      /Version 1\.0\.0 reads its code from the bucket virtual-soc-111111111111-eu-west-1, and portfolio\.assetBucket/,
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('refuses to offer a version whose roles have another boundary', () => {
    const configuration = configurationOf('red');
    const renamed = { ...configuration, hub: { ...configuration.hub, launchRole: 'another-role' } };

    assert.throws(
      () => synthesise(renamed, WITHOUT_BUNDLES, { version: '3.0.0' }),
      /Version 1\.0\.0 has another permissions boundary than another-role-boundary/,
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('refuses to release without a place to keep it', () => {
    assert.throws(
      () => synthesise(readConfiguration(EXAMPLE), WITHOUT_BUNDLES, { release: true }),
      /A release needs versions\.directory/,
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('refuses released templates that somebody has changed or removed', () => {
    const copy = path.join(directory, 'copy');
    cpSync(path.join(directory, 'red'), copy, { recursive: true });
    writeFileSync(path.join(copy, '1.0.0.template.json'), '{}');
    assert.throws(() => readReleasedVersions(copy), /is not what was released as version 1\.0\.0\. Restore it\./);

    rmSync(path.join(copy, '1.0.0.template.json'));
    assert.throws(() => readReleasedVersions(copy), /version 1\.0\.0 was released, and is missing/);
  });

  function synthesiseOf(name: Name, options: SynthesisOptions): Synthesis {
    return synthesise(configurationOf(name), WITHOUT_BUNDLES, options);
  }

  function configurationOf(name: Name): Configuration {
    const { organization, governance, hub, region } = ORGANIZATIONS[name];
    const file = path.join(directory, `${name}.json`);
    writeFileSync(
      file,
      JSON.stringify({
        version: 1,
        organization: { id: organization },
        portfolio: { account: governance, region, provider: `Governance of ${name}`, assetBucket: {} },
        versions: { directory: name },
        hub: { account: hub, share: 'account', launchRole: 'virtual-soc-launch', launchers: [] },
      }),
    );
    return readConfiguration(file);
  }

  function kept(name: Name): Record<string, string> {
    const files = readdirSync(path.join(directory, name));
    return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(directory, name, file), 'utf8')]));
  }
});

describe('keepVersion', () => {
  const template = (id: string) => JSON.stringify({ Resources: { [id]: { Type: 'AWS::SQS::Queue' } } });

  it('keeps versions in the order of their release, in a form that sha256sum checks', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-versions-'));
    const kept = (version: string, release: boolean) =>
      keepVersion(directory, { version, template: template('Queue') }, release);

    const outcomes = [kept('1.9.0', true), kept('1.10.0', false), kept('1.10.0', true), kept('1.9.0', true)];

    assert.deepEqual(outcomes, ['written', 'unreleased', 'written', 'there']);
    assert.deepEqual(
      readReleasedVersions(directory).map(({ version }) => version),
      ['1.9.0', '1.10.0'],
    );
    assert.match(
      readFileSync(path.join(directory, 'SHA256SUMS'), 'utf8'),
      /^[0-9a-f]{64} {2}1\.9\.0\.template\.json\n[0-9a-f]{64} {2}1\.10\.0\.template\.json\n$/,
    );
    rmSync(directory, { recursive: true });
  });
});

function names(): Name[] {
  return ['red', 'blue'];
}

/** Addresses of the versions offered, by their names. */
function offeredBy({ portfolio }: Pick<Synthesis, 'portfolio'>): Record<string, unknown> {
  const [[, product] = []] = resourcesOf(portfolio, 'AWS::ServiceCatalog::CloudFormationProduct');
  const versions = product?.Properties['ProvisioningArtifactParameters'] as { Name: string; Info: unknown }[];
  return Object.fromEntries(versions.map(({ Name, Info }) => [Name, Info]));
}
