/** The catalogue itself: everything that must hold of the data in `sql/catalogue`. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { MAX_RECOMMENDATION_TEXT_LENGTH, MAX_TITLE_LENGTH } from '../../lambda/core/asff-limits.ts';
import { catalogueFigures, withFigures } from '../../sql/catalogue-figures.ts';
import { type CatalogueFiles, readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { describeProblem } from '../../sql/catalogue-problem.ts';
import { checkReference } from '../../sql/check-reference.ts';
import { readAttackRelease, readDocumentedRules, readReference } from '../../sql/reference-files.ts';

describe('the catalogue', () => {
  let files: CatalogueFiles;

  before(async () => {
    files = await readCatalogueFiles();
  });

  it('passes every check', () => {
    assert.deepEqual(files.problems.map(describeProblem), []);
  });

  it("agrees with ATT&CK's release and holds every rule that AWS documents", async () => {
    const enterprise = await readReference('attack/all-enterprise-technique-ids.csv');
    const problems = checkReference(files.rows, {
      release: await readAttackRelease('19.2'),
      enterprise: new Map(enterprise.map((row) => [row['technique_id'] ?? '', row['name'] ?? ''])),
      documented: await readDocumentedRules(),
    });

    assert.deepEqual(problems.map(describeProblem), []);
  });

  it('maps at least 95 % of the active GuardDuty types', () => {
    const active = files.rows.rules.filter(({ provider, status }) => provider === 'guardduty' && status === 'active');
    const mapped = active.filter(({ notMappable }) => notMappable === null);

    assert.ok(mapped.length >= 0.95 * active.length, `${mapped.length} of ${active.length}`);
  });

  it('has every withdrawn id of ATT&CK as a redirect', async () => {
    const redirects = new Map(files.rows.redirects.map(({ oldId, newId }) => [oldId, newId ?? '']));

    for (const row of await readReference('attack/revoked.csv')) {
      assert.equal(redirects.get(row['old_id'] ?? ''), row['new_id'], row['old_id']);
    }
  });

  it("knows every value that GuardDuty's types are documented to have in ASFF, and their former names", async () => {
    const aliases = new Map(
      files.rows.aliases.filter(({ provider }) => provider === 'guardduty').map((row) => [row.alias, row.ruleKey]),
    );
    const rules = new Set(
      files.rows.rules.filter(({ provider }) => provider === 'guardduty').map(({ ruleKey }) => ruleKey),
    );

    for (const row of await readReference('aws/guardduty-finding-types.csv')) {
      const type = row['finding_type'] ?? '';
      if (!rules.has(type)) assert.equal(aliases.get(type), row['replaced_by'], type);
      for (const alias of (row['asff_type'] ?? '').split('; ').filter((name) => name !== '')) {
        assert.ok(aliases.has(alias), alias);
      }
    }
  });

  it('inherits only where a Config rule is known to stand behind one control alone', async () => {
    const controls = await readReference('aws/securityhub-controls.csv');
    const isActive = (status: string | undefined) => status === 'active' || status === 'retiring';
    const inheriting = files.rows.rules.filter(
      ({ provider, inherits }) => provider === 'securityhub' && inherits !== null,
    );

    for (const { ruleKey, inherits } of inheriting) {
      const control = controls.find((row) => row['control_id'] === ruleKey);
      assert.equal(`config:${control?.['config_rule_name'] ?? ''}`, inherits, ruleKey);
      assert.notEqual(control?.['config_rule_basis'], 'title-match', ruleKey);
      const sharing = controls.filter(
        (row) => row['config_rule_name'] === control?.['config_rule_name'] && isActive(row['status']),
      );
      assert.equal(sharing.length, 1, ruleKey);
    }
    assert.ok(inheriting.length > 300);
  });

  it('gives a title and a recommendation that Security Hub takes, in both languages', () => {
    for (const { techniqueId, nameEn, nameEs } of files.rows.techniques) {
      for (const name of [nameEn, nameEs]) assert.ok(`${techniqueId} ${name}`.length <= MAX_TITLE_LENGTH, techniqueId);
    }
    for (const { ruleKey, adviceEn, adviceEs } of files.rows.rules) {
      for (const advice of [adviceEn, adviceEs]) {
        assert.ok((advice ?? '').length <= MAX_RECOMMENDATION_TEXT_LENGTH, ruleKey);
      }
    }
  });

  it('writes Spanish that has not lost its accents', () => {
    // Words that are wrong without their accent, whatever the sentence.
    const bare =
      /\b(?:accion|analisis|atencion|autenticacion|compania|configuracion|contrasena|credito|despues|informacion|maquina|numero|politica|proteccion|region|replicacion|sesion|tambien|ultimo|version)\b/;
    const { tactics, techniques, mitigations, campaigns, groups, rules, unlinkedTechniques } = files.rows;
    const texts = [
      ...[...tactics, ...techniques, ...mitigations, ...campaigns, ...groups].map(({ summaryEs }) => summaryEs),
      ...[...tactics, ...techniques, ...mitigations].map(({ nameEs }) => nameEs),
      ...rules.map(({ adviceEs }) => adviceEs ?? ''),
      ...unlinkedTechniques.map(({ explanationEs }) => explanationEs),
    ];

    assert.deepEqual(
      texts.filter((text) => bare.test(text)),
      [],
    );
  });

  it('has a data dictionary with true figures', async () => {
    const readme = await readFile('sql/catalogue/README.md', 'utf8');

    assert.equal(readme, withFigures(readme, catalogueFigures(files)), 'run npm run catalogue:figures');
  });
});
