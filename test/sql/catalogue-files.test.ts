import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { describeProblem } from '../../sql/catalogue-problem.ts';

const FIXTURE = 'test/fixtures/catalogue';

describe('readCatalogueFiles', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    await cp(FIXTURE, directory, { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function replace(file: string, text: string, replacement: string): Promise<void> {
    const content = await readFile(path.join(directory, file), 'utf8');
    assert.ok(content.includes(text), `${file} does not contain ${text}`);
    await writeFile(path.join(directory, file), content.replace(text, replacement));
  }

  async function problems(): Promise<string[]> {
    return (await readCatalogueFiles(directory)).problems.map(describeProblem);
  }

  it('reads each row as it is in the files', async () => {
    const { rows, problems: found } = await readCatalogueFiles(FIXTURE);

    assert.deepEqual(found, []);
    assert.equal(rows.release.attackRelease, '19.2');
    assert.deepEqual(
      rows.techniques.find((row) => row.techniqueId === 'T1078.004'),
      {
        techniqueId: 'T1078.004',
        parentId: 'T1078',
        matrix: 'cloud',
        nameEn: 'Valid Accounts: Cloud Accounts',
        nameEs: 'Cuentas válidas: Cuentas en la nube',
        summaryEn: 'What T1078.004 is about.',
        summaryEs: 'De qué trata T1078.004.',
        platforms: ['IaaS', 'SaaS'],
        url: 'https://attack.mitre.org/techniques/T1078/004',
      },
    );
    assert.deepEqual(rows.links[0], {
      provider: 'config',
      ruleKey: 'elb-tls-https-listeners-only',
      techniqueId: 'T1040',
      effect: 'protect',
      score: 'partial',
      tacticIds: ['TA0006'],
      rationale: 'Without TLS, whoever reads the traffic reads the credentials in it.',
      source: 'judgement',
    });
    assert.deepEqual(
      rows.campaigns.map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]),
      [
        ['2019-08-01', '2021-01-01'],
        ['2022-06-01', null],
      ],
    );
  });

  it('takes the provider from the name of the file, with the folder of a third-party company', async () => {
    const { rows } = await readCatalogueFiles(FIXTURE);

    assert.deepEqual(
      [...new Set(rows.rules.map((row) => row.provider))],
      ['config', 'example-corp/scanner', 'guardduty', 'securityhub'],
    );
  });

  it('gives equal data equal version, whatever the order of the rows', async () => {
    const [header, ...lines] = (await readFile(path.join(directory, 'attack/tactics.csv'), 'utf8')).trim().split('\n');
    await writeFile(path.join(directory, 'attack/tactics.csv'), [header, ...lines.reverse(), ''].join('\r\n'));

    const [turned, original] = await Promise.all([readCatalogueFiles(directory), readCatalogueFiles(FIXTURE)]);

    assert.match(original.rows.release.version, /^[0-9a-f]{64}$/);
    assert.deepEqual(turned, original);
  });

  it('gives other data another version', async () => {
    await replace('attack/release.json', '2026-08-05', '2026-08-06');

    const [changed, original] = await Promise.all([readCatalogueFiles(directory), readCatalogueFiles(FIXTURE)]);

    assert.notEqual(changed.rows.release.version, original.rows.release.version);
  });

  for (const [what, file, text, replacement, expected] of [
    [
      'a word outside the closed list',
      'rules/config.csv',
      'iam-user-mfa-enabled,posture',
      'iam-user-mfa-enabled,postrue',
      'rules/config.csv:4 (kind): "postrue" is not allowed here. Write one of: posture, threat, vulnerability, data.',
    ],
    [
      'an id of another shape',
      'links/securityhub.csv',
      'IAM.5,T1078.004',
      'IAM.5,T1078.4',
      'links/securityhub.csv:2 (technique_id): "T1078.4" is no such id. Write one like T1078 or T1078.004.',
    ],
    [
      'an empty name in one language',
      'attack/tactics.csv',
      'Persistence,Persistencia',
      'Persistence,',
      'attack/tactics.csv:3 (name_es): The cell is empty. Fill it in.',
    ],
    [
      'space around a key',
      'aliases/guardduty.csv',
      ',Recon:EC2/Portscan,',
      ', Recon:EC2/Portscan,',
      'aliases/guardduty.csv:3 (rule_key): There is space before or after the text. Remove it.',
    ],
    [
      'text on two lines',
      'rules/config.csv',
      'Block public access to the bucket.',
      '"Block public\naccess to the bucket."',
      'rules/config.csv:6 (advice_en): The text has a line break or tab in it. Write it on one line.',
    ],
    [
      'advice longer than a recommendation may be',
      'rules/config.csv',
      'Block public access to the bucket.',
      'x'.repeat(513),
      'rules/config.csv:5 (advice_en): The text has 513 characters. Shorten it to 512.',
    ],
    [
      'a rationale longer than a line',
      'links/config.csv',
      'Packets mirrored to a foreign collector appear as flows that nobody planned.',
      'x'.repeat(301),
      'links/config.csv:5 (rationale): The text has 301 characters. Shorten it to 300.',
    ],
    [
      'an item twice in a list',
      'links/securityhub.csv',
      'TA0001;TA0003',
      'TA0001;TA0001',
      'links/securityhub.csv:3 (tactics): "TA0001" is in the list twice. Remove one.',
    ],
    [
      'an item of another shape in a list',
      'links/securityhub.csv',
      'TA0001;TA0003',
      'TA0001;persistence',
      'links/securityhub.csv:3 (tactics): In the list: "persistence" is no such id. Write one like TA0006.',
    ],
    [
      'a day that does not exist',
      'attack/campaigns.csv',
      '2022-06-01',
      '2022-06-31',
      'attack/campaigns.csv:3 (first_seen): "2022-06-31" is no day. Write it like 2026-08-05.',
    ],
    [
      'a comma outside quotes',
      'attack/mitigations.csv',
      'Cifrado de información sensible',
      'Cifrado, siempre',
      'attack/mitigations.csv:3: The line has 7 cells, and the header has 6. Put a cell that holds a comma in double quotes.',
    ],
    [
      'a quote without its pair',
      'attack/mitigations.csv',
      'Cifrado de',
      '"Cifrado de',
      /^attack\/mitigations\.csv:3: The line is not CSV: .* Double quotes come in pairs\.$/,
    ],
    [
      'a misspelt column',
      'attack/mitigations.csv',
      'name_es',
      'nombre',
      'attack/mitigations.csv:1: The column name_es is missing. There is no column "nombre", or there are two of it. The first line must be mitigation_id,name_en,name_es,summary_en,summary_es,url.',
    ],
    [
      'a release that is not JSON',
      'attack/release.json',
      '"release": "19.2",',
      '"release": "19.2"',
      /^attack\/release\.json: The file is not JSON: /,
    ],
    [
      'a release without its copyright',
      'attack/release.json',
      '"copyright"',
      '"licence"',
      /^attack\/release\.json \(copyright\): /,
    ],
  ] as const) {
    it(`names file, line, column and remedy for ${what}`, async () => {
      await replace(file, text, replacement);

      const found = await problems();

      assert.equal(found.length, 1, found.join('\n'));
      if (typeof expected === 'string') assert.equal(found[0], expected);
      else assert.match(found[0] ?? '', expected);
    });
  }

  it('reports all bad cells at once and leaves out what follows from them', async () => {
    await replace('rules/config.csv', 'iam-user-mfa-enabled,posture', 'iam-user-mfa-enabled,postrue');
    await replace('rules/guardduty.csv', 'Portscan,threat,active', 'Portscan,threat,alive');

    assert.deepEqual(
      (await problems()).map((problem) => problem.split(' ')[0]),
      ['rules/config.csv:4', 'rules/guardduty.csv:3'],
    );
  });

  it('misses a file, and asks about one that it does not know', async () => {
    await rm(path.join(directory, 'attack/tactics.csv'));
    await writeFile(path.join(directory, 'attack/tehniques.csv'), '');
    await writeFile(path.join(directory, 'controls/hipaa.csv'), 'control_id,title\n');

    assert.deepEqual(await problems(), [
      'attack/tactics.csv: The file is missing. Add it with the first line tactic_id,position,shortname,name_en,name_es,summary_en,summary_es,url.',
      'attack/tehniques.csv: The catalogue has no such file. Correct its name, or remove it.',
      'controls/hipaa.csv: The catalogue has no such file. Correct its name, or remove it.',
    ]);
  });

  it('refuses a file in another encoding', async () => {
    await appendFile(
      path.join(directory, 'attack/tactics.csv'),
      Buffer.from('TA0099,99,x,X,acci\xf3n,https://x\n', 'latin1'),
    );

    assert.deepEqual(await problems(), ['attack/tactics.csv: The file is not in UTF-8. Save it in that encoding.']);
  });

  it('finds nothing to mend in the catalogue of this repository', async () => {
    const { rows, problems: found } = await readCatalogueFiles(CATALOGUE_DIRECTORY);

    assert.deepEqual(found.map(describeProblem), []);
    assert.ok(rows.links.length > 0);
  });
});
