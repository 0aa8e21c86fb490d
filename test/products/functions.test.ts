import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readSettings } from '../../lambda/adapters/settings.ts';
import { PUBLISH_ROLE, REMEDIATE_ROLE, REMEDIATOR_PATH, ROLE_PATH } from '../../lambda/core/member-role.ts';
import {
  type Resource,
  resourcesOf,
  type Statement,
  statementsOf,
  synthesis,
  SYNTHESIS_TIMEOUT,
  type Template,
} from '../portfolio/synthesis.ts';

/** Functions that are not ours but CDK's own code. */
const FRAMEWORK = /Providerframework/;

const LOADER = 'RepositoryLoader';
/** What runs before there is anything else of the product: network, database, key. */
const FIRST = ['Preflight', 'EnableServices'];
const READERS = ['EnrichFinding', 'WorkflowChange', 'RollUpTactics', 'Reconcile', 'AttackMatrix'];
/** Those that write technique findings. */
const PUBLISHERS = ['EnrichFinding', 'Reconcile'];
/** Those that may change something in other accounts. */
const REMEDIATES = [
  'RemediationCredentialAccessRemediate',
  'RemediationImpactRemediate',
  'RemediationPrivilegeEscalationRemediate',
  'RemediationExposureRemediate',
  'RemediationDefenseImpairmentRemediate',
];
const REMEDIATORS = [...REMEDIATES, 'RemediationControl', 'RemediationSettle'];

/** Statements that all functions have: log, traces, network. */
const SHARED = ['OwnLog', 'Tracing', 'NetworkInterfaces', 'LookAtNetworkInterfaces'];

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

  it('are fifteen of ours, and a framework for each of the three custom resources', () => {
    assert.deepEqual([ours.length, all.length], [15, 18]);
  });

  it('run on the newest Node.js that CDK knows for Lambda, their frameworks too', () => {
    for (const [id, { Properties }] of all) assert.equal(Properties['Runtime'], 'nodejs24.x', id);
  });

  it('sit in the network of the customer, but for those that run before it is known to do', () => {
    for (const [id, { Properties }] of ours) {
      assert.equal(Properties['VpcConfig'] === undefined, runsFirst(id), id);
    }
  });

  it('run on arm64', () => {
    for (const [id, { Properties }] of all) assert.deepEqual(Properties['Architectures'], ['arm64'], id);
  });

  it('have each a role of its own', () => {
    const roles = all.map(([, { Properties }]) => JSON.stringify(Properties['Role']));

    assert.equal(new Set(roles).size, all.length);
  });

  it('write each to a log of its own, encrypted by the key of the product where that is there yet, kept as the parameter says', () => {
    const logs = all.map(
      ([, { Properties }]) => (Properties['LoggingConfig'] as { LogGroup: { Ref: string } }).LogGroup.Ref,
    );

    assert.equal(new Set(logs).size, all.length);
    for (const log of logs) {
      assert.deepEqual(template.Resources[log]?.Properties['RetentionInDays'], { Ref: 'LogRetentionDays' }, log);
      assert.equal(template.Resources[log]?.Properties['KmsKeyId'] === undefined, runsFirst(log), log);
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

  it('may do nothing by a wildcard without a condition, but place network interfaces, read aggregators in their account and Region, ask for the units of accounts of their organisation, and look at roles of Identity Center', () => {
    const wild = statementsOf(template)
      .filter(([id]) => template.Resources[id]?.Type === 'AWS::IAM::ManagedPolicy')
      .filter(([, { Effect, Condition }]) => Effect === 'Allow' && Condition === undefined)
      .filter(([, { Action, Resource: resource }]) => /\*/.test(JSON.stringify([Action, resource])));

    assert.deepEqual(
      [...new Set(wild.map(([, { Sid }]) => Sid))],
      ['NetworkInterfaces', 'ReadTheAggregator', 'UnitsOfAccounts', 'IdentityCenterRoles'],
    );
  });

  it('have no inline policy', () => {
    assert.deepEqual(resourcesOf(template, 'AWS::IAM::Policy'), []);
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      assert.deepEqual([Properties['Policies'], Properties['ManagedPolicyArns']], [undefined, undefined], id);
    }
  });

  it('have roles below the path that the launch role is kept to, those that may act in other accounts below one of their own', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    const publishers = roles.filter(([, { Properties }]) => Properties['Path'] === '/virtual-soc/publisher/');
    const remediators = roles.filter(([, { Properties }]) => Properties['Path'] === REMEDIATOR_PATH);
    const others = roles.filter((role) => !publishers.includes(role) && !remediators.includes(role));

    assert.deepEqual(
      publishers.map(([id]) => PUBLISHERS.find((name) => id.startsWith(name))),
      PUBLISHERS,
    );
    assert.equal(remediators.length, REMEDIATORS.length);
    for (const [id] of remediators) assert.ok(id.startsWith('Remediation'), id);
    for (const [id, { Properties }] of others) assert.equal(Properties['Path'], '/virtual-soc/', id);
  });

  it('leave the names of roles to CloudFormation, so that an account can have two installations', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      assert.equal(Properties['RoleName'], undefined, id);
    }
  });

  it('are told where to write technique findings, those that do', () => {
    const told = ours.filter(([, { Properties }]) => 'PUBLISH_TO' in variablesOf(Properties));

    assert.deepEqual(
      told.map(([id]) => PUBLISHERS.find((name) => id.startsWith(name))),
      PUBLISHERS,
    );
    for (const [id, { Properties }] of told) {
      assert.deepEqual(variablesOf(Properties)['PUBLISH_TO'], { Ref: 'PublishTo' }, id);
    }
  });

  it('may take roles where owners are chosen, and reconcile also after that, to archive what is there', () => {
    const takers = memberRoleStatements(template)
      .map(([id]) => id)
      .filter((id) => template.Resources[id]?.Condition !== 'RemediationWanted');

    assert.deepEqual(
      takers.map((id) => [PUBLISHERS.find((name) => id.startsWith(name)), template.Resources[id]?.Condition]),
      [
        ['EnrichFinding', 'PublishToOwner'],
        ['Reconcile', undefined],
      ],
    );
  });

  it('may take the member role of accounts of their own organisation, with a source, and no other role', () => {
    for (const [id, { Action, Resource: resource, Condition }] of memberRoleStatements(template)) {
      const role = id.startsWith('Remediation') ? REMEDIATE_ROLE : PUBLISH_ROLE;
      assert.deepEqual(Action, ['sts:AssumeRole', 'sts:SetSourceIdentity'], id);
      assert.deepEqual(
        resource,
        { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::*:role${ROLE_PATH}${role}`]] },
        id,
      );
      assert.deepEqual(Condition, { StringEquals: { 'aws:ResourceOrgID': '${aws:PrincipalOrgID}' } }, id);
    }
  });

  it('may take the role that they ask for', () => {
    const settings = { HUB_ACCOUNT_ID: '444455556666', HUB_REGION: 'eu-west-1', DATABASE_URL: 'postgresql://db' };

    assert.equal(readSettings(settings).memberRoleName, PUBLISH_ROLE);
  });

  it('may take roles before they are told to', () => {
    for (const [policy] of memberRoleStatements(template)) {
      const name = [...PUBLISHERS, ...REMEDIATORS].find((taker) => policy.startsWith(taker)) ?? '';
      const [, found] = ours.find(([id]) => id.startsWith(name)) ?? [];

      assert.ok(found?.DependsOn?.includes(policy), name);
    }
  });

  for (const name of [...READERS, ...REMEDIATORS, LOADER, ...FIRST]) {
    it(`start from their bundle alone, and name what their environment lacks: ${name}`, () => {
      const [, found] = ours.find(([id]) => id.startsWith(name)) ?? [];
      const bundle = path.join(assetOf(directory, found?.Properties ?? {}), 'index.mjs');

      const { status, stderr } = spawnSync(process.execPath, [bundle], { encoding: 'utf8', env: {} });

      assert.equal(status, 1);
      assert.match(stderr, FIRST.includes(name) ? /HUB_ACCOUNT_ID/ : /DATABASE_URL/);
      assert.doesNotMatch(stderr, /ERR_MODULE_NOT_FOUND|is not defined/);
    }).timeout(SYNTHESIS_TIMEOUT);
  }

  for (const name of [LOADER, ...FIRST]) {
    it(`succeed on delete without anything to call, so that the product can always be terminated: ${name}`, () => {
      const [, found] = ours.find(([id]) => id.startsWith(name)) ?? [];
      const bundle = path.join(assetOf(directory, found?.Properties ?? {}), 'index.mjs');
      const script = `const { handler } = await import(${JSON.stringify(bundle)});
      console.log(JSON.stringify(await handler({ RequestType: 'Delete', PhysicalResourceId: 'the-id' })));`;
      const env = {
        DATABASE_URL: 'postgresql://owner@127.0.0.1:1/none?sslmode=verify-full',
        DATABASE_SECRET_ARN: 'arn',
        FUNCTION_LOGIN: 'login',
        HUB_ACCOUNT_ID: '444455556666',
        HUB_REGION: 'eu-west-1',
        AWS_REGION: 'eu-west-1',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      };

      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
        encoding: 'utf8',
        env,
      });

      assert.deepEqual(JSON.parse(stdout), { PhysicalResourceId: 'the-id' });
    }).timeout(SYNTHESIS_TIMEOUT);
  }

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

  it("read the customer's mapping file and no other object, and only where there is one", () => {
    const readers = statementsOf(template)
      .filter(([, { Action }]) => /s3:Get(?!BucketAcl)/.test(JSON.stringify(Action)))
      .filter(([id]) => !id.startsWith('Remediation'));
    const [[id = '', statement] = []] = readers;

    assert.equal(readers.length, 1);
    assert.equal(template.Resources[id]?.Condition, 'MappingFileGiven');
    assert.equal(statement?.Action, 's3:GetObject');
    assert.match(JSON.stringify(statement?.Resource), /:s3:::.*"Fn::Split":\["s3:\/\/",\{"Ref":"MappingFileUri"\}\]/);
  });

  it('of remediation may do what it needs, and nothing more', () => {
    for (const name of REMEDIATORS) {
      const actions = statementsOf(template)
        .filter(([id, { Effect, Principal }]) => id.startsWith(name) && Effect === 'Allow' && Principal === undefined)
        .filter(([, { Sid }]) => !SHARED.includes(String(Sid)))
        .flatMap(([, { Action }]) => Action)
        .sort();

      assert.deepEqual(
        actions,
        [
          'events:PutEvents',
          ...(REMEDIATES.includes(name)
            ? ['kms:Decrypt', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']
            : []),
          ...(name === 'RemediationControl' ? ['iam:GetRole'] : []),
          ...(name === 'RemediationSettle' ? [] : ['organizations:ListParents']),
          'rds-db:connect',
          ...(name === 'RemediationSettle' ? [] : ['s3:GetObject']),
          'securityhub:BatchUpdateFindings',
          'sts:AssumeRole',
          'sts:SetSourceIdentity',
        ].sort(),
        name,
      );
    }
  });

  it('of remediation look at roles of Identity Center and at no others, the one that people call', () => {
    const lookers = statementsOf(template).filter(([, { Action }]) => JSON.stringify(Action).includes('iam:GetRole"'));

    assert.deepEqual(
      lookers.map(([id, { Resource: resource }]) => [id.startsWith('RemediationControl'), resource]),
      [
        [
          true,
          {
            'Fn::Join': [
              '',
              [
                'arn:',
                { Ref: 'AWS::Partition' },
                ':iam::',
                { Ref: 'AWS::AccountId' },
                ':role/aws-reserved/sso.amazonaws.com/*',
              ],
            ],
          },
        ],
      ],
    );
  });

  it('of remediation read the one object that is named, in a bucket of this account', () => {
    const readers = statementsOf(template).filter(
      ([id, { Sid }]) => id.startsWith('Remediation') && Sid === 'Configuration',
    );

    // Settling goes by the record alone.
    assert.equal(readers.length, REMEDIATORS.length - 1);
    for (const [id, { Resource: resource, Condition }] of readers) {
      assert.match(
        JSON.stringify(resource),
        /:s3:::.*"Fn::Split":\["s3:\/\/",\{"Ref":"RemediationConfigurationUri"\}\]/,
        id,
      );
      assert.deepEqual(Condition, { StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } }, id);
    }
  });

  it('of remediation write notes on findings, and change nothing else of one', () => {
    const writers = statementsOf(template).filter(([, { Action }]) => Action === 'securityhub:BatchUpdateFindings');

    assert.equal(writers.length, REMEDIATORS.length);
    for (const [id, { Condition }] of writers) {
      const absent = Object.keys(Condition?.['Null'] ?? {}).map((key) =>
        key.replace('securityhub:ASFFSyntaxPath/', ''),
      );
      const changeable = ['Confidence', 'Criticality', 'RelatedFindings', 'Severity', 'Types', 'UserDefinedFields'];
      for (const field of [...changeable, 'VerificationState', 'Workflow']) {
        assert.ok(
          absent.some((key) => key.split('.')[0] === field),
          `${id}: ${field}`,
        );
      }
      assert.deepEqual(new Set(Object.values(Condition?.['Null'] ?? {})), new Set(['true']), id);
    }
  });

  it('load the catalogue again when the mapping file is another', () => {
    const [[, catalogue] = []] = resourcesOf(template, 'Custom::VirtualSocCatalogue');

    assert.deepEqual(catalogue?.Properties['MappingFileUri'], { Ref: 'MappingFileUri' });
  });
});

function runsFirst(id: string): boolean {
  return FIRST.some((name) => id.startsWith(name));
}

function variablesOf(properties: Resource['Properties']): Readonly<Record<string, unknown>> {
  return (properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
}

/** Statements of policies that let a function take a role. Who may take one of the product's is said by the role itself. */
function memberRoleStatements(template: Template): [id: string, statement: Statement][] {
  return statementsOf(template).filter(
    ([id, { Action }]) => template.Resources[id]?.Type === 'AWS::IAM::ManagedPolicy' && /sts:/.test(String(Action)),
  );
}

function keyOf(properties: Resource['Properties']): string {
  return (properties['Code'] as { S3Key: string }).S3Key;
}

function assetOf(directory: string, properties: Resource['Properties']): string {
  return path.join(directory, `asset.${path.basename(keyOf(properties), '.zip')}`);
}
