import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { describeProblem } from '../../sql/catalogue-problem.ts';

const CATALOGUE = 'test/fixtures/catalogue';

describe('a customer mapping file', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
  });

  after(() => rm(directory, { recursive: true }));

  async function read(content: string) {
    const file = path.join(directory, 'mappings.yaml');
    await writeFile(file, content);
    const { rows, problems } = await readCatalogueFiles(CATALOGUE, file);
    return { rows, problems: problems.map((problem) => describeProblem(problem).replace(file, 'mappings.yaml')) };
  }

  const linksOf = (rows: Awaited<ReturnType<typeof read>>['rows'], key: string) =>
    rows.links.filter(({ ruleKey }) => ruleKey === key).map(({ techniqueId, source }) => `${techniqueId} ${source}`);

  it('adds a product with rules of its own', async () => {
    const { rows, problems } = await read(`
version: 1
products:
  - product: acme/edr
    provider: acme-edr
    name: ACME EDR
    prefix: acme-
    attackLabels: true
rules:
  - rule: acme-edr:credential-dump
    kind: threat
    advice: { en: Isolate the host named., es: Aísle el equipo citado. }
    links:
      - technique: T1078.004
        effect: detect
        score: significant
        tactics: [TA0003]
        rationale: The sensor saw a process copy session tokens out of the agent's memory.
    aliases: [Credential dump]
`);

    assert.deepEqual(problems, []);
    assert.deepEqual(linksOf(rows, 'credential-dump'), ['T1078.004 customer']);
    assert.ok(rows.aliases.some(({ provider, alias }) => provider === 'acme-edr' && alias === 'Credential dump'));
    assert.deepEqual(
      rows.products.find(({ product }) => product === 'acme/edr'),
      {
        product: 'acme/edr',
        provider: 'acme-edr',
        name: 'ACME EDR',
        key: 'generator-id',
        field: null,
        prefix: 'acme-',
        attackLabels: true,
      },
    );
  });

  it('replaces our links, or changes them one by one', async () => {
    const { rows, problems } = await read(`
version: 1
rules:
  - rule: config:iam-user-mfa-enabled
    links:
      - { technique: T1078, effect: protect, score: minimal, rationale: Our users sign in through a broker that asks again. }
  - rule: config:vpc-flow-logs-enabled
    removeLinks: [T1040]
    addLinks:
      - { technique: T1530, effect: detect, score: minimal, rationale: Bulk downloads stand out in our traffic baseline. }
  - rule: config:elb-tls-https-listeners-only
    notMappable: informational
`);

    assert.deepEqual(problems, []);
    assert.deepEqual(linksOf(rows, 'iam-user-mfa-enabled'), ['T1078 customer']);
    assert.deepEqual(linksOf(rows, 'vpc-flow-logs-enabled'), ['T1046 judgement', 'T1530 customer']);
    assert.deepEqual(linksOf(rows, 'elb-tls-https-listeners-only'), []);
  });

  it('lets a rule inherit from ours', async () => {
    const { rows, problems } = await read(`
version: 1
rules:
  - { rule: 'config:acme-mfa', kind: posture, inherits: 'config:iam-user-mfa-enabled' }
`);

    assert.deepEqual(problems, []);
    assert.deepEqual(linksOf(rows, 'acme-mfa'), ['T1078.004 ctid']);
    const { adviceEs } = rows.rules.find(({ ruleKey }) => ruleKey === 'acme-mfa') ?? {};
    assert.equal(adviceEs, 'Dé a cada usuario de la consola un segundo factor.');
  });

  it('gives the catalogue another version', async () => {
    const plain = await readCatalogueFiles(CATALOGUE);
    const { rows } = await read(
      'version: 1\nrules:\n  - { rule: config:approved-amis-by-id, notMappable: too-generic }\n',
    );

    assert.notEqual(rows.release.version, plain.rows.release.version);
  });

  it('may be JSON', async () => {
    const { rows, problems } = await read(
      JSON.stringify({ version: 1, rules: [{ rule: 'config:approved-amis-by-id', notMappable: 'too-generic' }] }),
    );

    assert.deepEqual(problems, []);
    assert.equal(rows.rules.find(({ ruleKey }) => ruleKey === 'approved-amis-by-id')?.notMappable, 'too-generic');
  });

  it('is held to the checks of the catalogue, with the line of the entry', async () => {
    const { problems } = await read(`version: 1
rules:
  - rule: acme:unknown-technique
    kind: threat
    advice: { en: Do it., es: Hágalo. }
    links:
      - { technique: T9999, effect: detect, score: partial, rationale: Something that nobody has ever described before. }
  - rule: acme:no-advice
    kind: posture
    links:
      - { technique: T1040, effect: protect, score: partial, tactics: [TA0001], rationale: Cleartext crosses a leased line of ours. }
  - rule: config:restricted-ssh
    inherits: config:nowhere
`);

    assert.deepEqual(problems, [
      'mappings.yaml:12 (kind): The rule is new, so it needs a kind: posture, threat, vulnerability or data.',
      'mappings.yaml:12 (inherits): There is no rule config:nowhere. Write it like config:restricted-ssh.',
    ]);
  });

  it('names unknown techniques, foreign tactics and missing advice once it hangs together', async () => {
    const { problems } = await read(`version: 1
rules:
  - rule: acme:unknown-technique
    kind: threat
    advice: { en: Do it., es: Hágalo. }
    links:
      - { technique: T9999, effect: detect, score: partial, rationale: Something that nobody has ever described before. }
  - rule: acme:no-advice
    kind: posture
    links:
      - { technique: T1040, effect: protect, score: partial, tactics: [TA0001], rationale: Cleartext crosses a leased line of ours. }
`);

    assert.deepEqual(problems, [
      'mappings.yaml:3 (technique_id): There is no technique T9999 in attack/techniques.csv.',
      'mappings.yaml:8 (advice_en): The rule has no advice in English. Say what to do first.',
      'mappings.yaml:8 (advice_es): The rule has no advice in Spanish. Say what to do first.',
      'mappings.yaml:8 (tactics): T1040 does not belong to TA0001, only to TA0006, TA0007.',
    ]);
  });

  it('says what is wrong with its form, and where', async () => {
    const { problems } = await read(`version: 1
rules:
  - rule: config:iam-user-mfa-enabled
    links:
      - technique: 1078
        effect: prevent
        score: significant
        rationale: Words.
  - rule: nonsense
    removeLink: [T1040]
  - rule: config:a
    inherits: config:b
    notMappable: informational
`);

    assert.deepEqual(
      problems.map((problem) => problem.split(': ').slice(0, 1).join()),
      [
        'mappings.yaml:5 (rules.0.links.0.technique)',
        'mappings.yaml:6 (rules.0.links.0.effect)',
        'mappings.yaml:9 (rules.1.rule)',
        'mappings.yaml:9 (rules.1)',
        'mappings.yaml:11 (rules.2)',
      ],
    );
  });

  it('says where it is no YAML', async () => {
    const { problems } = await read('version: 1\nrules: [\n');

    assert.match(problems[0] ?? '', /^mappings\.yaml:\d+: The file is not YAML: /);
  });

  it('refuses two entries of one rule, and the removal of a link that is not there', async () => {
    const twice = await read(
      'version: 1\nrules:\n  - { rule: config:a, notMappable: informational, kind: posture }\n  - { rule: config:a, notMappable: too-generic, kind: posture }\n',
    );
    const absent = await read('version: 1\nrules:\n  - { rule: config:iam-user-mfa-enabled, removeLinks: [T1040] }\n');

    assert.ok(twice.problems.includes('mappings.yaml:4 (rule): config:a is there twice. Put both entries into one.'));
    assert.deepEqual(absent.problems, [
      'mappings.yaml:3 (removeLinks): The rule has no link to T1040. Take it out here.',
    ]);
  });

  it('cannot redefine how a service of AWS is read', async () => {
    const { problems } = await read(
      'version: 1\nproducts:\n  - { product: aws/config, provider: config, name: Ours }\n',
    );

    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /aws\/config is a service of AWS/);
  });
});
