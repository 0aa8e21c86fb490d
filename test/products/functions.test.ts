import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  type Resource,
  resourcesOf,
  statementsOf,
  synthesis,
  SYNTHESIS_TIMEOUT,
  type Template,
} from '../portfolio/synthesis.ts';

/** Functions that are not ours but CDK's own code. */
const FRAMEWORK = /^RepositoryLoaderProviderframework/;

const LOADER = 'RepositoryLoader';
const READERS = ['EnrichFinding', 'WorkflowChange', 'RollUpTactics', 'Reconcile'];

describe('the functions of the product', () => {
  let directory: string;
  let template: Template;
  let all: [id: string, resource: Resource][];
  let ours: [id: string, resource: Resource][];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    ({ directory, product: template } = synthesis());
    all = resourcesOf(template, 'AWS::Lambda::Function');
    ours = all.filter(([id]) => !FRAMEWORK.test(id));
  });

  it('are five of ours, and the framework of the custom resource', () => {
    assert.deepEqual([ours.length, all.length], [5, 6]);
  });

  it('run on arm64', () => {
    for (const [id, { Properties }] of all) assert.deepEqual(Properties['Architectures'], ['arm64'], id);
  });

  it('have each a role of its own', () => {
    const roles = all.map(([, { Properties }]) => JSON.stringify(Properties['Role']));

    assert.equal(new Set(roles).size, all.length);
  });

  it('write each to an encrypted log of its own, kept as the parameter says', () => {
    const logs = all.map(
      ([, { Properties }]) => (Properties['LoggingConfig'] as { LogGroup: { Ref: string } }).LogGroup.Ref,
    );

    assert.equal(new Set(logs).size, all.length);
    for (const log of logs) {
      assert.deepEqual(template.Resources[log]?.Properties['RetentionInDays'], { Ref: 'LogRetentionDays' }, log);
      assert.ok(template.Resources[log]?.Properties['KmsKeyId'], log);
    }
  });

  it('are traced', () => {
    for (const [id, { Properties }] of ours) assert.deepEqual(Properties['TracingConfig'], { Mode: 'Active' }, id);
  });

  it('reserve no concurrency, which small accounts refuse', () => {
    for (const [id, { Properties }] of all) assert.equal(Properties['ReservedConcurrentExecutions'], undefined, id);
  });

  it('wait for the loader where they read the database', () => {
    for (const name of READERS) {
      const [, found] = ours.find(([id]) => id.startsWith(name)) ?? [];
      assert.ok(
        found?.DependsOn?.some((id) => id.startsWith('RepositoryLoaderCatalogue')),
        name,
      );
    }
  });

  it('may do nothing by a wildcard without a condition, but place network interfaces in their account and Region', () => {
    const wild = statementsOf(template)
      .filter(([id]) => template.Resources[id]?.Type === 'AWS::IAM::ManagedPolicy')
      .filter(([, { Effect, Condition }]) => Effect === 'Allow' && Condition === undefined)
      .filter(([, { Action, Resource: resource }]) => /\*/.test(JSON.stringify([Action, resource])));

    assert.deepEqual([...new Set(wild.map(([, { Sid }]) => Sid))], ['NetworkInterfaces']);
  });

  it('have no inline policy', () => {
    assert.deepEqual(resourcesOf(template, 'AWS::IAM::Policy'), []);
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      assert.deepEqual(
        [Properties['Policies'], Properties['ManagedPolicyArns'], Properties['Path']],
        [undefined, undefined, '/virtual-soc/'],
        id,
      );
    }
  });

  for (const name of [...READERS, LOADER]) {
    it(`start from their bundle alone, and name what their environment lacks: ${name}`, () => {
      const [, found] = ours.find(([id]) => id.startsWith(name)) ?? [];
      const bundle = path.join(assetOf(directory, found?.Properties ?? {}), 'index.mjs');

      const { status, stderr } = spawnSync(process.execPath, [bundle], { encoding: 'utf8', env: {} });

      assert.equal(status, 1);
      assert.match(stderr, /DATABASE_URL/);
      assert.doesNotMatch(stderr, /ERR_MODULE_NOT_FOUND|is not defined/);
    }).timeout(SYNTHESIS_TIMEOUT);
  }

  it('succeed on delete without a database, so that the product can always be terminated', () => {
    const [, found] = ours.find(([id]) => id.startsWith(LOADER)) ?? [];
    const bundle = path.join(assetOf(directory, found?.Properties ?? {}), 'index.mjs');
    const script = `const { handler } = await import(${JSON.stringify(bundle)});
      console.log(JSON.stringify(await handler({ RequestType: 'Delete', PhysicalResourceId: 'catalogue' })));`;
    const env = {
      DATABASE_URL: 'postgresql://owner@127.0.0.1:1/none?sslmode=verify-full',
      DATABASE_SECRET_ARN: 'arn',
      FUNCTION_LOGIN: 'login',
      AWS_REGION: 'eu-west-1',
    };

    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      env,
    });

    assert.deepEqual(JSON.parse(stdout), { PhysicalResourceId: 'catalogue' });
  }).timeout(SYNTHESIS_TIMEOUT);

  it('bring migrations and catalogue where the loader looks for them', () => {
    const loader = ours.find(([id]) => id.startsWith(LOADER));
    const asset = assetOf(directory, loader?.[1].Properties ?? {});

    assert.deepEqual(readdirSync(path.join(asset, 'migrations')), readdirSync('sql/migrations'));
    assert.deepEqual(readdirSync(path.join(asset, 'catalogue')), readdirSync('sql/catalogue'));
  });

  it('load the catalogue again whenever code, migrations or catalogue change', () => {
    const [[, catalogue] = []] = resourcesOf(template, 'Custom::VirtualSocCatalogue');
    const loader = ours.find(([id]) => id.startsWith(LOADER));

    assert.equal(catalogue?.Properties['Asset'], keyOf(loader?.[1].Properties ?? {}));
  });
});

function keyOf(properties: Resource['Properties']): string {
  return (properties['Code'] as { S3Key: string }).S3Key;
}

function assetOf(directory: string, properties: Resource['Properties']): string {
  return path.join(directory, `asset.${path.basename(keyOf(properties), '.zip')}`);
}
