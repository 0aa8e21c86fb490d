import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AwsSecurityFinding, BatchUpdateFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { CASES } from '../../lambda/remediation/case.ts';
import { sqsEvent } from '../../local/event-queue.ts';
import { type LocalSecurityHub, type SecurityHubEvent, startSecurityHub } from '../../local/security-hub/server.ts';
import { synthesis, SYNTHESIS_TIMEOUT } from '../portfolio/synthesis.ts';
import { functionUrlEvent } from '../support/function-url.ts';
import { type ServiceStandIn, startServices } from '../support/service-stand-in.ts';
import { configRuleFinding, findingEvent } from '../support/source-findings.ts';
import { type StandIn, startSts } from '../support/sts.ts';
import { type DeployedCustomResource, type DeployedFunction, type Deployment, deploy } from './assembly.ts';
import { type AwsStandIn, type CustomResourceAnswer, startAws } from './aws-stand-in.ts';
import { makeAuthority, makeServerCertificate } from './certificates.ts';
import {
  type Invocation,
  type Measured,
  type RunningFunction,
  startFunction,
  type Surroundings,
} from './function-process.ts';
import { type RdsStandIn, startRds } from './rds-stand-in.ts';

const LAUNCH = {
  account: '111122223333',
  region: 'eu-west-1',
  // With interface endpoints every address of AWS is in the template, and nothing is left to chance. The language shows in
  // what is written.
  answers: {
    InterfaceEndpoints: 'yes',
    Language: 'es',
    RemediationConfigurationUri: 's3://soc-configuration/remediation.yaml',
  },
  databaseHost: 'virtual-soc-0a1b2c3d4e5f.c0d1e2f3a4b5.eu-west-1.rds.amazonaws.com',
  databasePort: 5432,
  databaseSecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-0a1b2c3d-4e5f-a1b2c3',
};
const { account, region } = LAUNCH;
const DATABASE = `${LAUNCH.databaseHost}:${LAUNCH.databasePort}`;
const ANSWER_HOST = `cloudformation-custom-resource-response-euwest1.s3.${region}.amazonaws.com`;

/** As a role gives them: with a session token. */
const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'made-up/secret+key',
  sessionToken: 'made-up+session/token==',
};

/** Functions that scenarios below drive by name. Those of custom resources are driven as such, whatever their name. */
const DRIVEN = [
  'enrich-finding',
  'workflow-change',
  'roll-up-tactics',
  'reconcile',
  'attack-matrix',
  ...CASES.map((name) => `remediate-${name}`),
  'remediation-control',
  'settle-remediation',
];

/** By logical id: functions that are not ours and that this machine cannot run, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  CustomCDKBucketDeployment: "CDK's own, in Python, with the AWS CLI in a layer",
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_.*|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|XRAY_.*)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** What Node says of a certificate whose authority it does not trust; which of them depends on what the server sends. */
const UNTRUSTED = /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/;

/** Bytes of all names and values. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_ENVIRONMENT = 4096;

describe('the Lambda assets of the assembly, run as Lambda runs them', function () {
  this.timeout(SYNTHESIS_TIMEOUT);
  let directory: string;
  let authorityFile: string;
  let deployment: Deployment;
  let database: RdsStandIn;
  let hub: LocalSecurityHub;
  let aws: AwsStandIn;
  let analyst: SecurityHubClient;
  let services: ServiceStandIn;
  let sts: StandIn;
  let secret: string | undefined;
  /** The configuration of remediation, in S3. */
  let remediation = 'version: 1\nbreakGlass: []\n';
  const events: SecurityHubEvent[] = [];
  const started = new Map<string, RunningFunction>();
  const firstInvocations = new Map<string, Measured>();

  before(() => {
    deployment = deploy(synthesis().directory, LAUNCH);
  });

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-assets-'));
    authorityFile = path.join(directory, 'authority.pem');
    const authority = await makeAuthority('Virtual SOC test authority');
    writeFileSync(authorityFile, authority.certificate);
    database = await startRds({
      hostName: LAUNCH.databaseHost,
      port: LAUNCH.databasePort,
      region,
      server: await makeServerCertificate(LAUNCH.databaseHost, authority),
      authority,
      credentials: CREDENTIALS,
    });
    secret = managedSecret();
    hub = await startSecurityHub({ account, region, quotas: false, onEvent: (event) => events.push(event) });
    analyst = new SecurityHubClient({ region, endpoint: hub.url, credentials: CREDENTIALS });
    [services, sts] = [await startServices(), await startSts(() => false)];
    aws = await startAws({
      region,
      answerHost: ANSWER_HOST,
      answerServer: await makeServerCertificate(ANSWER_HOST, authority),
      secret: (arn) => (arn === LAUNCH.databaseSecretArn ? secret : undefined),
      object: (name) => (name === '/soc-configuration/remediation.yaml' ? remediation : undefined),
      elsewhere: (service) => (service === 'sts' ? sts : services).endpoint,
      invoke: (arn, event) => run(functionByArn(arn), event),
    });
  });

  after(async () => {
    report();
    for (const running of started.values()) await running.stop();
    analyst?.destroy();
    await aws?.close();
    await services?.close();
    sts?.server.close();
    await hub?.close();
    await database?.stop();
    if (directory) rmSync(directory, { recursive: true });
  });

  describe('each function', () => {
    it('is driven here, or is not ours', () => {
      const custom = new Set(deployment.customResources.flatMap(chainOf).map(({ arn }) => arn));
      const untested = deployment.functions.filter(
        (deployed) => reasonNotToRun(deployed) === undefined && !custom.has(deployed.arn) && !isDriven(deployed),
      );
      const missing = DRIVEN.filter((name) => !deployment.functions.some((deployed) => deployed.name === name));

      assert.deepEqual(untested.map(nameOf), [], 'nobody drives these functions: add a scenario to this file');
      assert.deepEqual(missing, [], 'these functions are driven here and no longer there');
    });

    it('has variables that Lambda takes', () => {
      for (const { environment, ...deployed } of deployment.functions) {
        const bytes = Buffer.byteLength(Object.entries(environment).flat().join(''));
        const reserved = Object.keys(environment).filter((name) => RESERVED.test(name));
        assert.deepEqual(reserved, [], nameOf(deployed));
        assert.ok(bytes <= MOST_ENVIRONMENT, `${nameOf(deployed)}: ${bytes} bytes`);
      }
    });

    it('starts', async () => {
      const failures: string[] = [];
      for (const deployed of runnable()) {
        await start(deployed).catch((error: unknown) => failures.push((error as Error).message));
      }

      assert.deepEqual(failures, []);
    });
  });

  describe('load-catalogue, behind the framework that answers CloudFormation', () => {
    it('makes the database ready on Create', async () => {
      const answer = await created();
      const [login] = await database.query(`
        SELECT rolsuper, pg_has_role(rolname, 'rds_iam', 'MEMBER') AS iam FROM pg_roles
        WHERE rolname = 'virtual_soc_function'`);
      const [owner] = await database.query('SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user');

      assert.equal(answer.Status, 'SUCCESS', answer.Reason);
      assert.match(String(answer.Data?.['CatalogueVersion']), /^[0-9a-f]{64}$/);
      assert.deepEqual(login, { rolsuper: false, iam: true });
      assert.deepEqual(owner, { rolsuper: false, rolcreaterole: true });
    });

    it('loads again on Update, after the secret was rotated, and stays the same resource', async () => {
      const { PhysicalResourceId, Data } = await created();
      await database.rotateOwnerPassword();
      secret = managedSecret();

      const answer = await request('Update', loader(), { PhysicalResourceId });

      assert.equal(answer.Status, 'SUCCESS', answer.Reason);
      assert.deepEqual([answer.PhysicalResourceId, answer.Data], [PhysicalResourceId, Data]);
    });

    it('says why it failed, in words for a person', async () => {
      await created();
      secret = JSON.stringify({ username: database.owner, password: 'outdated' });
      const refused = await request('Update', loader(), { PhysicalResourceId: 'catalogue' });
      secret = undefined;
      const denied = await request('Update', loader(), { PhysicalResourceId: 'catalogue' });
      secret = managedSecret();

      assert.deepEqual([refused.Status, denied.Status], ['FAILED', 'FAILED']);
      assert.match(
        refused.Reason ?? '',
        /The database cannot be connected to \(28P01\): password authentication failed/,
      );
      assert.match(denied.Reason ?? '', /AccessDeniedException: not authorized to perform GetSecretValue/);
      assert.doesNotMatch(`${refused.Reason}${denied.Reason}`, /outdated/);
    });

    it('succeeds on Delete, where nothing can be reached any more', async () => {
      const { 'load-catalogue': handler } = functions();
      const event = {
        ...customResourceEvent('Delete', loader(), 'https://nowhere.example'),
        PhysicalResourceId: 'gone',
      };
      const { payload, error } = await runAlone(handler, { environment: environmentOf(handler), routes: {} }, event);

      assert.equal(error, undefined);
      assert.deepEqual(payload, { PhysicalResourceId: 'gone' });
    });

    it('refuses a database that is certified by anybody but RDS', async () => {
      const { 'load-catalogue': handler } = functions();
      const { DATABASE_URL, ...others } = environmentOf(handler);
      const original = { ...others, DATABASE_URL: handler.environment['DATABASE_URL'] ?? '' };
      const around = { environment: original, routes: routesOf(handler) };
      const { error } = await runAlone(
        handler,
        around,
        customResourceEvent('Create', loader(), 'https://nowhere.example'),
      );

      assert.match(DATABASE_URL ?? '', /&sslrootcert=/);
      assert.match(error?.errorMessage ?? '', /^The database cannot be connected to/);
      assert.match(error?.errorMessage ?? '', UNTRUSTED);
    });
  });

  describe('the functions of the product', () => {
    it('refuse a database that is certified by anybody but RDS, before they show it a token', async () => {
      const { 'roll-up-tactics': rollUp } = functions();
      await created();
      const original = { ...environmentOf(rollUp), DATABASE_URL: rollUp.environment['DATABASE_URL'] ?? '' };
      const before = { ...database.tokens };

      const { error } = await runAlone(rollUp, { environment: original, routes: routesOf(rollUp) }, {});

      assert.match(`${error?.errorType} ${error?.errorMessage}`, UNTRUSTED);
      assert.deepEqual({ ...database.tokens }, before);
    });

    it('enrich-finding fails the bad message of a batch alone, and writes the technique findings of the others', async () => {
      await created();
      const rules = ['restricted-ssh', 'root-account-mfa-enabled', 's3-bucket-public-read-prohibited'];
      const messages = rules.map((rule) => ({ id: rule, body: JSON.stringify(sourceEvent(rule)) }));
      messages.splice(1, 0, {
        id: 'bad',
        body: JSON.stringify(findingEvent({ ...source('x'), UpdatedAt: 'yesterday' })),
      });

      const payload = await invoke('enrich-finding', sqsEvent(messages));

      const sources = new Set(techniqueFindings().map(sourceOf));
      assert.deepEqual(payload, { batchItemFailures: [{ itemIdentifier: 'bad' }] });
      assert.deepEqual([...sources].sort(), rules.map(sourceId).sort());
    });

    it('roll-up-tactics writes the tactic findings, in the language that was asked for', async () => {
      await enriched('restricted-ssh');

      await invoke('roll-up-tactics', scheduled());

      const open = new Set(techniqueFindings().map(({ ProductFields }) => ProductFields?.['mitre/technique']));
      assert.deepEqual(listedTechniques(), [...open].sort());
      for (const { Remediation } of ownFindings('tactic'))
        assert.match(Remediation?.Recommendation?.Text ?? '', /^Empiece por los/);
    });

    it('attack-matrix shows the matrix of what is open, in the language that was asked for', async () => {
      await enriched('restricted-ssh');

      const html = await invoke('attack-matrix', { view: 'matrix', widgetContext: { title: 'ATT&CK' } });

      assert.ok(typeof html === 'string');
      assert.match(html, /class="vm-cols"/);
      assert.match(html, /abiertas/);
      assert.match(html, new RegExp(`endpoint="arn:aws:lambda:${region}:${account}:function:`));
    });

    it('workflow-change notes what an analyst suppresses, and the tactic loses it', async () => {
      const techniqueId = 'T1078.004';
      await enriched('iam-user-mfa-enabled');
      await invoke('roll-up-tactics', scheduled());
      const listedBefore = listedTechniques();
      const suppressed = techniqueFindings().filter(
        ({ ProductFields }) => ProductFields?.['mitre/technique'] === techniqueId,
      );
      events.length = 0;

      await analyst.send(
        new BatchUpdateFindingsCommand({
          FindingIdentifiers: suppressed.map(({ Id, ProductArn }) => ({ Id, ProductArn })),
          Workflow: { Status: 'SUPPRESSED' },
        }),
      );
      const changes = events.map((event, index) => ({ id: String(index), body: JSON.stringify(event) }));
      const payload = await invoke('workflow-change', sqsEvent(changes));
      await invoke('roll-up-tactics', scheduled());

      assert.ok(changes.length > 0 && listedBefore.includes(techniqueId));
      assert.deepEqual(payload, { batchItemFailures: [] });
      assert.ok(!listedTechniques().includes(techniqueId));
    });

    for (const name of CASES) {
      it(`remediate-${name} does nothing about a finding that nobody has switched anything on for`, async () => {
        await enriched('iam-password-policy');
        const [own] = events.filter(({ detail }) => JSON.stringify(detail).includes('virtual-soc/technique/'));

        const payload = await invoke(`remediate-${name}`, sqsEvent([{ id: 'own', body: JSON.stringify(own) }]));

        assert.deepEqual(payload, { batchItemFailures: [] });
        assert.deepEqual(await database.query('SELECT FROM state.remediation'), []);
      });
    }

    it('remediate-impact makes the change that a finding calls for, tells of it, and no other case takes it up', async () => {
      const table = `arn:aws:dynamodb:${region}:${account}:table/orders`;
      const finding = configRuleFinding('dynamodb-table-deletion-protection-enabled', {
        Id: sourceId('dynamodb-table-deletion-protection-enabled'),
        AwsAccountId: account,
        Resources: [{ Type: 'AwsDynamoDbTable', Id: table, Partition: 'aws', Region: region }],
      });
      let isProtected = false;
      services.answers = {
        'dynamodb:DescribeTable': () => ({ Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: isProtected } }),
        'dynamodb:ListTagsOfResource': { Tags: [] },
        'dynamodb:UpdateTable': () => {
          isProtected = true;
          return {};
        },
        'events:PutEvents': { FailedEntryCount: 0, Entries: [{ EventId: '1' }, { EventId: '2' }] },
      };
      remediation =
        'version: 1\nbreakGlass: []\nassignments: [{ actions: [dynamodb-deletion-protection], mode: automatic }]\n';
      await created();
      events.length = 0;
      const body = JSON.stringify(findingEvent(finding, new Date().toISOString()));
      await invoke('enrich-finding', sqsEvent([{ id: 'table', body }]));
      const own = events.map((event, index) => ({ id: String(index), body: JSON.stringify(event) }));

      for (const name of CASES) {
        assert.deepEqual(await invoke(`remediate-${name}`, sqsEvent(own)), { batchItemFailures: [] }, name);
      }

      assert.equal(isProtected, true);
      assert.equal(services.calls.filter(({ call }) => call === 'dynamodb:UpdateTable').length, 1);
      const [row] = await database.query('SELECT remediation_id AS id FROM state.remediation');
      const noted = techniqueFindings().filter(({ Note }) => Note?.Text?.includes('has done this') ?? false);
      assert.ok(noted.length > 0);
      for (const { Note } of noted)
        assert.match(Note?.Text ?? '', new RegExp(`vsoc remediation undo ${String(row?.['id'])}`));
      assert.deepEqual(
        services.calls
          .filter(({ call }) => call === 'events:PutEvents')
          .flatMap(({ input }) => input['Entries'] as { Detail: string }[])
          .map(({ Detail }) => (JSON.parse(Detail) as { kind: string }).kind),
        ['start', 'application'],
      );
    });

    it('remediation-control answers whoever IAM knows, and nobody else', async () => {
      await created();
      const body = JSON.stringify({ command: 'list' });
      const userArn = `arn:aws:sts::${account}:assumed-role/SecurityOperations/ana`;

      const known = await invoke('remediation-control', functionUrlEvent(body, { accountId: account, userArn }));
      const unknown = await invoke('remediation-control', { body, requestContext: {} });

      assert.equal((known as { statusCode?: number }).statusCode, 200);
      assert.equal((unknown as { statusCode?: number }).statusCode, 403);
    });

    it('settle-remediation finds nothing that was cut off', async () => {
      await created();

      assert.equal(await invoke('settle-remediation', scheduled()), null);
    });

    it('reconcile sends what Security Hub did not take', async () => {
      await created();
      const rule = 'rds-instance-public-access-check';
      const inHub = () => techniqueFindings().some((finding) => sourceOf(finding) === sourceId(rule));
      hub.setFaults({ partialFailure: 1 });
      const payload = await invoke(
        'enrich-finding',
        sqsEvent([{ id: 'unlucky', body: JSON.stringify(sourceEvent(rule)) }]),
      );
      hub.setFaults({});
      const before = inHub();

      await invoke('reconcile', scheduled());

      assert.deepEqual(payload, { batchItemFailures: [{ itemIdentifier: 'unlucky' }] });
      assert.deepEqual([before, inHub()], [false, true]);
    });
  });

  describe('every custom resource', () => {
    it('answers CloudFormation on Delete', async () => {
      await created();
      const failures: string[] = [];
      for (const resource of deployment.customResources) {
        const chain = chainOf(resource);
        if (chain.some((deployed) => reasonNotToRun(deployed) !== undefined)) continue;
        if (chain.length === 0)
          failures.push(`${resource.logicalId}: its service token is no function of the assembly`);
        else {
          const { Status, Reason } = await request('Delete', resource, { PhysicalResourceId: 'physical-id' });
          if (Status !== 'SUCCESS') failures.push(`${resource.logicalId}: ${Reason}`);
        }
      }

      assert.deepEqual(failures, []);
    });
  });

  describe('after all that', () => {
    it('the database refuses a connection without TLS, as RDS is told to', async () => {
      assert.match(await database.connectUnencrypted(), /no pg_hba.conf entry .*no encryption/);
    });

    it('nothing that was called is missing here, and no token was refused', () => {
      assert.deepEqual(aws.unanswered, []);
      assert.deepEqual(database.tokens.refused, []);
      assert.ok(database.tokens.accepted > 0);
      for (const [name, running] of started) assert.doesNotMatch(running.log(), /NO ROUTE/, name);
    });

    it('nothing that a function prints holds a password, a token or a finding', () => {
      const secrets = [database.ownerPassword(), 'X-Amz-Signature', CREDENTIALS.secretAccessKey, 'security-group/sg-'];
      for (const [name, running] of started) {
        for (const word of secrets) assert.ok(!running.log().includes(word), `${name} prints ${word}`);
      }
    });
  });

  // What the scenarios do.

  /** The answer to Create, which everything else needs first. */
  function created(): Promise<CustomResourceAnswer> {
    return (creation ??= request('Create', loader()));
  }
  let creation: Promise<CustomResourceAnswer> | undefined;

  async function enriched(rule: string): Promise<void> {
    await created();
    await invoke('enrich-finding', sqsEvent([{ id: rule, body: JSON.stringify(sourceEvent(rule)) }]));
  }

  /** Sends an event of a custom resource to its function, and waits for the answer that CloudFormation would get. */
  async function request(
    type: 'Create' | 'Update' | 'Delete',
    resource: DeployedCustomResource,
    more: object = {},
  ): Promise<CustomResourceAnswer> {
    const { url, answer } = aws.awaitAnswer();
    const { error } = await run(functionByArn(resource.serviceToken), {
      ...customResourceEvent(type, resource, url),
      ...more,
    });
    if (error !== undefined) throw new Error(`${resource.logicalId}: ${error.errorType}: ${error.errorMessage}`);
    return answer;
  }

  /** What a function answers; it must not fail. */
  async function invoke(name: string, event: unknown): Promise<unknown> {
    const deployed = functions()[name];
    if (deployed === undefined) throw new Error(`There is no function ${name}`);
    const { payload, error } = await run(deployed, event);
    if (error !== undefined) {
      throw new Error(`${name}: ${error.errorType}: ${error.errorMessage}\n${started.get(deployed.arn)?.log()}`);
    }
    return payload;
  }

  async function run(deployed: DeployedFunction, event: unknown): Promise<Invocation> {
    const running = await start(deployed);
    const invocation = await running.invoke(event);
    const { milliseconds, peakMegabytes } = invocation;
    const first = firstInvocations.get(deployed.arn);
    if (first === undefined) firstInvocations.set(deployed.arn, { milliseconds, peakMegabytes });
    return invocation;
  }

  /** Runs a function once, in surroundings of its own. */
  async function runAlone(deployed: DeployedFunction, around: Surroundings, event: unknown): Promise<Invocation> {
    const running = await startFunction(deployed, around);
    try {
      return await running.invoke(event);
    } finally {
      await running.stop();
    }
  }

  /** Starts a function, or gives the one that runs. */
  async function start(deployed: DeployedFunction): Promise<RunningFunction> {
    const running =
      started.get(deployed.arn) ??
      (await startFunction(deployed, { environment: environmentOf(deployed), routes: routesOf(deployed) }));
    started.set(deployed.arn, running);
    return running;
  }

  // What surrounds the functions.

  /** What differs from the template: credentials, the addresses of AWS, the authority that certifies the database. */
  function environmentOf({ environment, inVpc, handler }: DeployedFunction): Record<string, string> {
    const endpoint = (name: string) => (name === 'AWS_ENDPOINT_URL_SECURITYHUB' ? hub.url : aws.url);
    const substituted = Object.keys(environment).filter((name) => name.startsWith('AWS_ENDPOINT_URL'));
    const { DATABASE_URL } = environment;
    return {
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      ...(DATABASE_URL === undefined ? {} : { DATABASE_URL: `${DATABASE_URL}&sslrootcert=${authorityFile}` }),
      ...Object.fromEntries(substituted.map((name) => [name, endpoint(name)])),
      // In the VPC only what the template gives an address of can be reached; remediation is launched with NAT only.
      ...('REMEDIATION_CONFIGURATION' in environment
        ? { AWS_ENDPOINT_URL: aws.url, AWS_ENDPOINT_URL_SECURITYHUB: hub.url }
        : {}),
      ...(inVpc
        ? {}
        : {
            AWS_ENDPOINT_URL: aws.url,
            AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
            NODE_EXTRA_CA_CERTS: authorityFile,
          }),
      // CDK's framework takes the SDK from Lambda; ours bring their own and must find no other.
      ...(handler.startsWith('framework.') ? { NODE_PATH: path.resolve('node_modules') } : {}),
    };
  }

  function routesOf({ environment, inVpc }: DeployedFunction): Record<string, number> {
    const { iam, password } = database.ports;
    const withToken = environment['DATABASE_URL']?.includes('authentication=iam') ?? false;
    return inVpc ? { [DATABASE]: withToken ? iam : password } : { [`${ANSWER_HOST}:443`]: aws.answerPort };
  }

  /** In the form in which RDS writes it. */
  function managedSecret(): string {
    return JSON.stringify({ username: database.owner, password: database.ownerPassword() });
  }

  // What there is.

  function runnable(): DeployedFunction[] {
    return deployment.functions.filter((deployed) => reasonNotToRun(deployed) === undefined);
  }

  function functions(): Record<string, DeployedFunction> &
    Record<'load-catalogue' | 'roll-up-tactics', DeployedFunction> {
    return Object.fromEntries(deployment.functions.map((deployed) => [deployed.name, deployed])) as ReturnType<
      typeof functions
    >;
  }

  /** By name, and as this very asset: another version's function of that name is another one. */
  function isDriven({ name, directory: asset }: DeployedFunction): boolean {
    return DRIVEN.includes(name) && functions()[name]?.directory === asset;
  }

  function functionByArn(arn: string): DeployedFunction {
    const found = deployment.functions.find((deployed) => deployed.arn === arn);
    if (found === undefined) throw new Error(`There is no function ${arn}`);
    return found;
  }

  function loader(): DeployedCustomResource {
    const found = deployment.customResources.find(({ type }) => type === 'Custom::VirtualSocCatalogue');
    assert.ok(found, 'there is no custom resource that loads the catalogue');
    return found;
  }

  /** The functions that answer for a custom resource: the one CloudFormation calls, and those that it calls in turn. */
  function chainOf({ serviceToken }: DeployedCustomResource): DeployedFunction[] {
    const first = deployment.functions.find(({ arn }) => arn === serviceToken);
    if (first === undefined) return [];
    const called = new Set(Object.values(first.environment));
    return [first, ...deployment.functions.filter(({ arn }) => called.has(arn))];
  }

  function ownFindings(kind: string): AwsSecurityFinding[] {
    const ours = hub.findings().filter(({ GeneratorId }) => GeneratorId?.startsWith(`virtual-soc/${kind}/`));
    return (ours as unknown as AwsSecurityFinding[]).filter(({ RecordState }) => RecordState === 'ACTIVE');
  }

  function techniqueFindings(): AwsSecurityFinding[] {
    return ownFindings('technique');
  }

  /** Those that some tactic finding lists. */
  function listedTechniques(): string[] {
    const lists = ownFindings('tactic').map(({ ProductFields }) => ProductFields?.['mitre/techniques'] ?? '');
    return [...new Set(lists.flatMap((list) => list.split(';')))].sort();
  }

  /** Printed for whoever wants to know; a shared machine is no measure. */
  function report(): void {
    const figures = ({ milliseconds, peakMegabytes }: Measured) =>
      `${milliseconds.toFixed(0)} ms, ${peakMegabytes.toFixed(0)} MB`;
    const rows = [...started].map(([arn, { init }]) => {
      const first = firstInvocations.get(arn);
      const { name, memorySize } = functionByArn(arn);
      return `      ${name}: ${figures(init)} of ${memorySize}; first event ${first ? figures(first) : 'none'}`;
    });
    console.log(['', `    Cold starts on Node ${process.versions.node}:`, ...rows].join('\n'));
  }
});

function nameOf({ name, logicalId, template }: Pick<DeployedFunction, 'name' | 'logicalId' | 'template'>): string {
  return `${name} (${logicalId} in ${template})`;
}

function reasonNotToRun({ logicalId }: DeployedFunction): string | undefined {
  return Object.entries(NOT_RUN).find(([prefix]) => logicalId.startsWith(prefix))?.[1];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requests.html */
function customResourceEvent(
  type: string,
  { logicalId, type: resourceType, properties }: DeployedCustomResource,
  url: string,
) {
  return {
    RequestType: type,
    RequestId: '0a1b2c3d-0000-4000-8000-000000000001',
    StackId: `arn:aws:cloudformation:${region}:${account}:stack/virtual-soc/0a1b2c3d-4e5f-11ef-8a9b-0a1b2c3d4e5f`,
    ResponseURL: url,
    ResourceType: resourceType,
    LogicalResourceId: logicalId,
    ServiceToken: properties['ServiceToken'],
    ResourceProperties: properties,
    ...(type === 'Update' ? { OldResourceProperties: properties } : {}),
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function scheduled() {
  return {
    version: '0',
    id: '0a1b2c3d-0000-4000-8000-000000000002',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date().toISOString(),
    region,
    resources: [`arn:aws:events:${region}:${account}:rule/virtual-soc-rule`],
    detail: {},
  };
}

function sourceId(rule: string): string {
  return `arn:aws:config:${region}:444455556666:config-rule/config-rule-${rule}/finding/0f0e0d`;
}

/** A finding of an AWS Config rule, of an hour ago. */
function source(rule: string): Record<string, unknown> {
  const time = new Date(Date.now() - 3_600_000).toISOString();
  return configRuleFinding(rule, { Id: sourceId(rule), FirstObservedAt: time, CreatedAt: time, UpdatedAt: time });
}

/** Id of the finding that a technique finding was made of. */
function sourceOf({ RelatedFindings }: AwsSecurityFinding): string | undefined {
  return RelatedFindings?.[0]?.Id;
}

function sourceEvent(rule: string): Record<string, unknown> {
  return findingEvent(source(rule), new Date().toISOString());
}
