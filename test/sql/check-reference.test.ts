import assert from 'node:assert/strict';
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { type CatalogueReference, checkReference } from '../../sql/check-reference.ts';

describe('checkReference', () => {
  let rows: { -readonly [T in keyof CatalogueRows]: CatalogueRows[T] };
  let reference: CatalogueReference;

  beforeEach(async () => {
    rows = { ...(await readCatalogueFiles('test/fixtures/catalogue')).rows };
    const tacticIdsOf = (id: string) =>
      rows.techniqueTactics
        .filter(({ techniqueId }) => techniqueId === id)
        .map(({ tacticId }) => tacticId)
        .sort();
    const cloud = rows.techniques.filter(({ matrix }) => matrix === 'cloud');
    reference = {
      release: {
        tactics: new Map(rows.tactics.map(({ tacticId, nameEn: name, position }) => [tacticId, { name, position }])),
        techniques: new Map(
          cloud.map(({ techniqueId, nameEn: name, platforms }) => [
            techniqueId,
            { techniqueId, name, tacticIds: tacticIdsOf(techniqueId), platforms },
          ]),
        ),
      },
      enterprise: new Map(
        rows.techniques.map(({ techniqueId, nameEn }) => [techniqueId, nameEn.split(': ').at(-1) ?? '']),
      ),
      documented: [
        { provider: 'securityhub', active: new Set(['IAM.5', 'IAM.6', 'CloudTrail.2']), former: new Set(['S3.4']) },
      ],
    };
  });

  const found = () => checkReference(rows, reference).map(({ column, message }) => `${column ?? '-'}: ${message}`);

  it('finds nothing in a catalogue that agrees', () => {
    assert.deepEqual(found(), []);
  });

  it('finds a technique with another name, tactic or platform than in the release', () => {
    rows.techniques = rows.techniques.map((row) =>
      row.techniqueId === 'T1046' ? { ...row, nameEn: 'Service Scanning', platforms: ['IaaS'] } : row,
    );
    rows.techniqueTactics = rows.techniqueTactics.filter(
      ({ techniqueId, tacticId }) => techniqueId !== 'T1040' || tacticId !== 'TA0007',
    );

    assert.deepEqual(found(), [
      'technique_id: In the release it is under TA0006, TA0007.',
      'name_en: The release calls it "Network Service Discovery".',
      'platforms: In the release it is on Containers;IaaS.',
    ]);
  });

  it('finds a technique or tactic that the release has and the catalogue lacks, and one that it has not', () => {
    rows.techniques = rows.techniques.map((row) =>
      row.techniqueId === 'T1530' ? { ...row, techniqueId: 'T1531' } : row,
    );
    rows.tactics = rows.tactics.filter(({ tacticId }) => tacticId !== 'TA0003');

    assert.deepEqual(found(), [
      'tactic_id: attack/tactics.csv lacks TA0003.',
      'technique_id: The cloud matrix of the release has no T1531. Remove it.',
      'technique_id: attack/techniques.csv lacks T1530.',
    ]);
  });

  it('finds a documented rule that is missing, one of our own making, and a wrong status', () => {
    rows.rules = rows.rules.map((row) => {
      if (row.ruleKey === 'IAM.5') return { ...row, ruleKey: 'IAM.50' };
      return row.ruleKey === 'IAM.6' ? { ...row, status: 'retired' } : row;
    });

    assert.deepEqual(found(), [
      'rule_key: rules/securityhub.csv lacks IAM.5. Map it, or say why it cannot be.',
      'rule_key: securityhub documents no IAM.50. Correct the key.',
      'status: securityhub lists it as active. Write active.',
    ]);
  });
});
