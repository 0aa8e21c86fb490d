import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { RUNBOOK_RIGHTS } from '../../stacksets/correction-statements.ts';
import { configRules } from '../../stacksets/rollout-configuration.ts';
import { readRuleFacts, type RuleFact, type RuleFacts, RULES_DIRECTORY } from '../../stacksets/rule-facts.ts';
import { selectRules } from '../../stacksets/select-rules.ts';

/** Campaigns and groups that must have used a technique before a partial protection against it is essential. */
const OFTEN_USED = 10;

describe('the rules that can be rolled out', () => {
  let facts: RuleFacts;
  let catalogue: CatalogueRows;

  before(async () => {
    facts = await readRuleFacts();
    catalogue = (await readCatalogueFiles()).rows;
  });

  const links = (name: string) =>
    catalogue.links.filter(({ provider, ruleKey }) => provider === 'config' && ruleKey === name);

  it('are, with those left out for a reason, all active rules that speak for a technique', () => {
    const active = catalogue.rules
      .filter(({ provider, status }) => provider === 'config' && status === 'active')
      .map(({ ruleKey }) => ruleKey)
      .filter((name) => links(name).length > 0);
    const kept = [...facts.rules.values()].filter(({ techniques }) => techniques.length === 0);

    const decided = [...facts.rules.keys(), ...facts.leftOut.map(({ name }) => name)];

    assert.equal(new Set(decided).size, decided.length, 'no rule is both in and left out');
    assert.deepEqual(decided.filter((name) => !kept.some((rule) => rule.name === name)).sort(), active.sort());
  });

  it('have at level full all 119 identifiers of the earlier pack', async () => {
    const file = new URL('../fixtures/predecessor-pack-identifiers.json', import.meta.url);
    const identifiers = JSON.parse(await readFile(file, 'utf8')) as string[];
    const { rules } = selectRules(facts, configRules.parse({ level: 'full' }));

    const offered = new Set(rules.map(({ identifier }) => identifier));

    assert.equal(identifiers.length, 119);
    assert.deepEqual(
      identifiers.filter((identifier) => !offered.has(identifier)),
      [],
    );
  });

  it('are kept without a technique only where the earlier pack had them', async () => {
    const file = new URL('../fixtures/predecessor-pack-identifiers.json', import.meta.url);
    const identifiers = new Set(JSON.parse(await readFile(file, 'utf8')) as string[]);

    const kept = [...facts.rules.values()].filter(({ techniques }) => techniques.length === 0);

    assert.equal(kept.length, 11);
    assert.ok(kept.every(({ identifier, level }) => identifiers.has(identifier) && level === 'full'));
  });

  it('are essential only for what the criterion says', () => {
    const used = new Map<string, number>();
    for (const { techniqueId } of [...catalogue.campaignTechniques, ...catalogue.groupTechniques]) {
      used.set(techniqueId, (used.get(techniqueId) ?? 0) + 1);
    }
    const matters = ({ name }: RuleFact) =>
      links(name).some(({ techniqueId, effect, score }) => {
        const uses = used.get(techniqueId) ?? 0;
        if (effect === 'protect' && score === 'partial') return uses >= OFTEN_USED;
        return score !== 'minimal' && uses > 0;
      });

    const essential = [...facts.rules.values()].filter(({ level }) => level === 'essential');

    assert.ok(essential.length >= 120 && essential.length <= 180, `${essential.length} rules`);
    assert.deepEqual(
      essential.filter((rule) => !matters(rule)).map(({ name }) => name),
      [],
    );
  });

  it('have their name in a description that names their techniques, or how many more there are', () => {
    const { rules } = selectRules(facts, configRules.parse({ level: 'full' }));

    for (const { name, description } of rules) {
      const techniques = [...new Set(links(name).map(({ techniqueId }) => techniqueId))].sort();
      assert.ok(description.length <= 256, name);
      if (techniques.length > 0) assert.equal(description, `ATT&CK ${techniques.join(', ')}`);
      else assert.match(description, /^No technique/);
    }
  });

  it('have the Regions that AWS names on their pages', () => {
    const missing = (name: string) => facts.rules.get(name)?.missingIn ?? [];

    assert.deepEqual(missing('acm-certificate-expiration-check'), []);
    assert.ok(
      missing('access-keys-rotated').includes('eu-central-2') && !missing('access-keys-rotated').includes('eu-west-1'),
    );
    assert.ok(missing('ses-malware-scanning-enabled').includes('eu-central-1'));
    for (const { name, scope, missingIn } of facts.rules.values()) {
      assert.ok(
        missingIn.every((region) => facts.regions.has(region)),
        name,
      );
      assert.ok(!missingIn.includes('us-east-1'), name);
      const only = [...facts.regions].every((region) => /^(us-east-1$|cn-)/.test(region) || missingIn.includes(region));
      assert.equal(scope === 'us-east-1', only, name);
    }
  });

  it('have a runbook whose rights are written down, where they have a correction', () => {
    const corrected = [...facts.rules.values()].flatMap(({ correction }) => correction?.document ?? []);

    assert.deepEqual(corrected.sort(), Object.keys(RUNBOOK_RIGHTS).sort());
  });

  it('are in files that are sorted by their keys', async () => {
    for (const file of ['rules', 'parameters', 'left-out', 'kept-rules', 'corrections']) {
      const text = await readFile(path.join(RULES_DIRECTORY, `${file}.csv`), 'utf8');
      const keys = text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) =>
          line
            .split(',')
            .slice(0, file === 'parameters' ? 2 : 1)
            .join(','),
        );

      assert.deepEqual(keys, [...new Set(keys)].sort(), file);
    }
  });
});

describe('readRuleFacts', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'virtual-soc-rules-'));
    await cp(RULES_DIRECTORY, directory, { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true }));

  const change = async (file: string, from: string | RegExp, to: string) => {
    const place = path.join(directory, file);
    const text = await readFile(place, 'utf8');
    assert.notEqual(text.replace(from, to), text);
    await writeFile(place, text.replace(from, to));
  };

  it('refuses a rule that AWS has withdrawn, and one that is nowhere decided', async () => {
    await change('rules.csv', 'restricted-ssh,', 'fms-webacl-resource-policy-check,');

    await assert.rejects(readRuleFacts(directory), (error: Error) => {
      assert.match(
        error.message,
        /fms-webacl-resource-policy-check is no managed rule that AWS still offers\. Move it/,
      );
      assert.match(error.message, /restricted-ssh has a technique and is neither in rules\.csv nor in left-out\.csv/);
      return true;
    });
  });

  it('refuses a rule without a technique that nothing keeps', async () => {
    await change('kept-rules.csv', /^rds-multi-az-support,.*\n/m, '');

    await assert.rejects(readRuleFacts(directory), /rds-multi-az-support is linked to no technique/);
  });

  it('refuses a parameter that AWS does not document, a value of another type, and a rule that is not rolled out', async () => {
    await change('parameters.csv', 'access-keys-rotated,maxAccessKeyAge,90', 'access-keys-rotated,maxAge,90');
    await change('parameters.csv', 'MaxPasswordAge,90', 'MaxPasswordAge,never');
    await change('parameters.csv', 'cw-loggroup-retention-period-check', 'cw-loggroup');

    await assert.rejects(readRuleFacts(directory), (error: Error) => {
      assert.match(error.message, /maxAge of access-keys-rotated is documented nowhere/);
      assert.match(error.message, /MaxPasswordAge of iam-password-policy must be a whole number/);
      assert.match(error.message, /parameters\.csv: cw-loggroup is not in rules\.csv/);
      return true;
    });
  });

  it('refuses a correction that needs a parameter without a value', async () => {
    await change('corrections.csv', '@maxCredentialUsageAge', '@maxAge');

    await assert.rejects(readRuleFacts(directory), /@maxAge of iam-user-unused-credentials-check has no value/);
  });

  it('names file, line and column of a cell that is wrong', async () => {
    await change('rules.csv', 'access-keys-rotated,identity', 'access-keys-rotated,identities');

    await assert.rejects(readRuleFacts(directory), /rules\.csv:2 domain /);
  });
});
