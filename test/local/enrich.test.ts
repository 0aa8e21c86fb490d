import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type LocalSecurityHub, startSecurityHub } from '../../local/security-hub/server.ts';
import { databaseServerUrl } from '../support/database-server.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';
import { vsoc } from '../support/vsoc.ts';

interface Files {
  readonly techniques: {
    Id: string;
    RecordState: string;
    AwsAccountId: string;
    UpdatedAt: string;
    Title: string;
    Types: string[];
  }[];
  readonly tactics: { Id: string; RecordState: string }[];
  readonly summary: {
    counters: Record<string, { value: number; unit: string }>;
    rejected: { position: string; reason: string }[];
  };
  readonly layer: { versions: Record<string, string>; techniques: { techniqueID: string }[] };
  readonly unmapped: {
    rules: { rule: string; reason: string; openSources: number }[];
    unknownTechniques: { provider: string; rule: string; technique: string; openSources: number }[];
  };
}

describe('vsoc enrich', function () {
  this.timeout(60_000);
  let directory: string;
  let server: string;

  before(async () => {
    server = await databaseServerUrl();
  });

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    // Run as root, the database server uses another account, which must be able to pass through.
    await chmod(directory, 0o755);
  });

  afterEach(() => rm(directory, { recursive: true }));

  const run = async (content: string, ...args: string[]) => {
    const file = path.join(directory, 'input.json');
    await writeFile(file, content);
    return vsoc(['enrich', file, '--out', path.join(directory, 'out'), '--database', server, ...args]);
  };
  const readOut = async (name: string) => readFile(path.join(directory, 'out', name), 'utf8');
  const files = async (): Promise<Files> => ({
    techniques: (JSON.parse(await readOut('technique-findings.json')) as { Findings: Files['techniques'] }).Findings,
    tactics: (JSON.parse(await readOut('tactic-findings.json')) as { Findings: Files['tactics'] }).Findings,
    summary: JSON.parse(await readOut('summary.json')) as Files['summary'],
    layer: JSON.parse(await readOut('attack-layer.json')) as Files['layer'],
    unmapped: JSON.parse(await readOut('unmapped.json')) as Files['unmapped'],
  });

  it("takes the user's own mappings with --catalogue", async () => {
    const mappings = path.join(directory, 'mappings.yaml');
    await writeFile(
      mappings,
      `version: 1
rules:
  - rule: config:acme-no-public-buckets
    kind: posture
    inherits: config:s3-bucket-public-read-prohibited
`,
    );
    const finding = configFinding({
      ProductFields: { 'aws/config/ConfigRuleName': 'acme-no-public-buckets' },
      Title: 'acme-no-public-buckets',
    });

    const plain = await run(JSON.stringify([finding]));
    assert.deepEqual((await files()).techniques, []);
    const mapped = await run(JSON.stringify([finding]), '--catalogue', mappings);

    assert.deepEqual([plain.code, mapped.code], [0, 0]);
    assert.ok((await files()).techniques.some(({ Title }) => Title.startsWith('T1530 ')));
  });

  it('exits 2 with line and remedy where the mapping file is wrong, and writes nothing', async () => {
    const mappings = path.join(directory, 'mappings.yaml');
    await writeFile(
      mappings,
      'version: 1\nrules:\n  - rule: config:acme\n    kind: posture\n    inherits: config:nothing\n',
    );

    const { code, stderr } = await run(JSON.stringify([configFinding()]), '--catalogue', mappings);

    assert.equal(code, 2);
    assert.match(stderr, /mappings\.yaml:3 \(inherits\): There is no rule config:nothing\./);
    await assert.rejects(readOut('summary.json'));
  });

  it('lists the techniques that an attack sequence names and the catalogue does not know', async () => {
    const sequence = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
      Types: ['TTPs/AttackSequence:S3/CompromisedData'],
      ProductFields: {},
      Compliance: undefined,
      Detection: {
        Sequence: {
          SequenceIndicators: [
            {
              Key: 'ATTACK_TECHNIQUE',
              Values: ['T1562.008 - Impair Defenses: Disable or Modify Cloud Logs', 'T9999 - New'],
            },
          ],
        },
      },
    });

    await run(JSON.stringify([sequence]));

    const { techniques, unmapped } = await files();
    assert.ok(techniques.some(({ Title }) => Title.startsWith('T1685.002 ')));
    assert.deepEqual(unmapped.unknownTechniques, [
      { provider: 'guardduty', rule: 'AttackSequence:S3/CompromisedData', technique: 'T9999 - New', openSources: 1 },
    ]);
  });

  it('enriches 97 of 100 findings, names the 3 bad ones with place and reason, and exits 2', async () => {
    const findings = Array.from({ length: 100 }, (_, index) => configFinding({ Id: `finding-${index}` }));
    delete findings[9]?.['Id'];
    Object.assign(findings[19] ?? {}, { UpdatedAt: 'yesterday' });
    Object.assign(findings[29] ?? {}, { Resources: [] });

    const { code, stdout } = await run(JSON.stringify({ Findings: findings }));

    const { summary } = await files();
    assert.equal(code, 2);
    assert.equal(summary.counters['sourcesOpen']?.value, 97);
    assert.deepEqual(
      summary.rejected.map(({ position }) => position),
      ['finding 10', 'finding 20', 'finding 30'],
    );
    for (const text of ['finding 10: Id: is missing', 'finding 20: UpdatedAt', 'finding 30: Resources'])
      assert.ok(stdout.includes(text), text);
  });

  it('gives equal bytes for equal input, whatever the time', async () => {
    const content = JSON.stringify([configFinding(), configFinding({ Id: 'other', AwsAccountId: '777788889999' })]);
    const names = [
      'technique-findings.json',
      'tactic-findings.json',
      'attack-layer.json',
      'report.html',
      'unmapped.json',
      'summary.json',
      'technique-findings.csv',
      'detection-findings.ndjson',
    ];
    await run(content, '--csv', '--ocsf');
    const first = await Promise.all(names.map(readOut));

    await run(content, '--csv', '--ocsf');

    assert.deepEqual(await Promise.all(names.map(readOut)), first);
  });

  it('takes the newest UpdatedAt for now, and the owner of most findings for the hub', async () => {
    const mine = ['a', 'b'].map((Id) => configFinding({ Id, UpdatedAt: '2026-11-03T00:00:00.000Z' }));

    await run(
      JSON.stringify([...mine, configFinding({ AwsAccountId: '777788889999', UpdatedAt: '2026-11-02T00:00:00.000Z' })]),
    );

    const { techniques } = await files();
    assert.ok(techniques.length > 0);
    assert.ok(
      techniques.every(
        (finding) => finding.AwsAccountId === '444455556666' && finding.UpdatedAt === '2026-11-03T00:00:00.000Z',
      ),
    );
  });

  it('follows a finding through its events: what passed in the end is closed', async () => {
    const events = [
      configFinding(),
      configFinding({ UpdatedAt: '2026-11-02T00:00:00Z', Compliance: { Status: 'PASSED' } }),
    ];

    const { code } = await run(events.map((finding) => JSON.stringify(findingEvent(finding))).join('\n'));

    const { techniques, tactics, layer } = await files();
    assert.equal(code, 0);
    assert.ok(techniques.every(({ RecordState }) => RecordState === 'ACTIVE') === (techniques.length === 0));
    assert.deepEqual([tactics.filter(({ RecordState }) => RecordState === 'ACTIVE'), layer.techniques], [[], []]);
  });

  it('lists rules without a technique', async () => {
    await run(JSON.stringify([configFinding({ ProductFields: { 'aws/config/ConfigRuleName': 'customers-own' } })]));

    assert.deepEqual((await files()).unmapped.rules, [
      { provider: 'config', rule: 'customers-own', reason: 'unknown-rule', openSources: 1 },
    ]);
  });

  it('writes a Navigator 4.5 layer', async () => {
    await run(JSON.stringify([configFinding()]));

    const { layer, techniques } = await files();
    assert.equal(layer.versions['layer'], '4.5');
    assert.equal(layer.techniques.length, techniques.length);
  });

  it('speaks Spanish on request and keeps Types English', async () => {
    await run(JSON.stringify([configFinding()]), '--language', 'es');

    const { techniques } = await files();
    assert.ok(techniques.some(({ Title }) => / [A-Z].*[áéíóúñ]| de /.test(Title)));
    assert.ok(techniques.every(({ Types }) => Types.every((type) => /^TTPs\/[A-Z][A-Za-z ]+$/.test(type))));
  });

  it('reads standard input and prints the summary as JSON', async () => {
    const args = ['enrich', '-', '--json', '--out', path.join(directory, 'out'), '--database', server];

    const { code, stdout } = await vsoc(args, { input: JSON.stringify(configFinding()) });

    const { counters } = JSON.parse(stdout) as Files['summary'];
    assert.equal(code, 0);
    assert.deepEqual(counters['sourcesOpen'], { value: 1, unit: 'source findings' });
  });

  it('exits 2 with one line for a file that is not there, is empty or is no JSON', async () => {
    const absent = await vsoc(['enrich', path.join(directory, 'absent.json')]);
    const empty = await run('');
    const broken = await run('{"Findings": [');

    for (const { code, stderr } of [absent, empty, broken]) {
      assert.equal(code, 2);
      assert.match(stderr, /^vsoc: .*\n$/);
    }
  });

  it('exits 2 for an option that makes no sense', async () => {
    const results = await Promise.all(
      [
        vsoc(['enrich']),
        vsoc(['enrich', '-', '--now', 'noon']),
        vsoc(['enrich', '-', '--language', 'fr']),
        vsoc(['enrich', '-', '--region', 'mars']),
        vsoc(['enrich', '-', '--database', 'postgresql://user:secret@host']),
        vsoc(['nonsense']),
      ].map((command) => command.then(({ code, stderr }) => ({ code, stderr }))),
    );

    for (const { code, stderr } of results) {
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^vsoc: .*\n$/);
      assert.doesNotMatch(stderr, /secret/);
    }
  });

  it('exits 2 before any work where the results cannot be written', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, JSON.stringify(configFinding()));

    const { code, stderr } = await vsoc(['enrich', file, '--out', file]);

    assert.deepEqual([code, stderr], [2, `vsoc: --out ${file}: a file of that name is there already\n`]);
  });

  it('rejects a finding of an impossible account, and takes neither hub nor time from it', async () => {
    const odd = configFinding({ AwsAccountId: '123', Region: 'mars', UpdatedAt: '2099-01-01T00:00:00Z' });

    const { code, stderr } = await run(JSON.stringify([odd, { ...odd, Id: 'other' }, configFinding()]));

    const { techniques, summary } = await files();
    assert.equal(code, 2, stderr);
    assert.deepEqual(
      summary.rejected.map(({ position }) => position),
      ['finding 1', 'finding 2'],
    );
    assert.ok(techniques.length > 0);
    for (const { AwsAccountId, UpdatedAt } of techniques)
      assert.deepEqual([AwsAccountId, UpdatedAt], ['444455556666', '2026-11-01T10:00:00.000Z']);
  });

  it('answers a list without findings with empty lists', async () => {
    const { code, stderr } = await run('{"Findings":[]}');

    const { techniques, tactics, unmapped, layer } = await files();
    assert.equal(code, 0, stderr);
    assert.deepEqual([techniques, tactics, unmapped.rules, layer.techniques], [[], [], [], []]);
  });

  describe('--publish', () => {
    let hub: LocalSecurityHub;

    before(async () => {
      hub = await startSecurityHub({ account: '111122223333', region: 'eu-west-1' });
    });

    after(() => hub.close());

    /** Region and credentials come from a profile only. */
    const publish = async (finding: unknown, ...args: string[]) => {
      const file = path.join(directory, 'input.json');
      const profile = path.join(directory, 'aws-config');
      await writeFile(file, JSON.stringify([finding]));
      await writeFile(
        profile,
        '[profile soc]\nregion = eu-west-1\naws_access_key_id = local\naws_secret_access_key = local\n',
      );
      const env = {
        AWS_ENDPOINT_URL_SECURITYHUB: hub.url,
        AWS_CONFIG_FILE: profile,
        AWS_PROFILE: 'soc',
        AWS_REGION: undefined,
        AWS_DEFAULT_REGION: undefined,
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        XDG_STATE_HOME: path.join(directory, 'state'),
        VSOC_DATABASE_URL: '',
      };
      return vsoc(['enrich', file, '--publish', '--out', path.join(directory, 'out'), ...args], { env });
    };
    const active = () => hub.findings().filter(({ RecordState }) => RecordState === 'ACTIVE').length;

    it('brings the findings to the hub that the environment names, and a later PASSED archives there', async () => {
      const opened = await publish(configFinding());
      const openFindings = active();
      const closed = await publish(
        configFinding({ UpdatedAt: '2026-11-02T00:00:00Z', Compliance: { Status: 'PASSED' } }),
      );

      assert.deepEqual([opened.code, closed.code], [0, 0], opened.stderr + closed.stderr);
      assert.ok(openFindings > 0);
      assert.equal(active(), 0);
    });

    it('exits 2 for an account that is not the one of that hub', async () => {
      const { code, stderr } = await publish(configFinding(), '--account', '777788889999');

      assert.equal(code, 2);
      assert.match(stderr, /^vsoc: --account 777788889999: .*111122223333.*\n$/);
    });
  });
});
