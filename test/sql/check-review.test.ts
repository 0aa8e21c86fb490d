import assert from 'node:assert/strict';
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { type CatalogueReview, NO_REVIEW, type PublishedLinkRow } from '../../sql/catalogue-review.ts';
import { checkReview } from '../../sql/check-review.ts';

type Mutable = { -readonly [T in keyof CatalogueRows]: CatalogueRows[T] };

describe('checkReview', () => {
  let rows: Mutable;

  beforeEach(async () => {
    rows = { ...(await readCatalogueFiles('test/fixtures/catalogue')).rows };
  });

  function found(review: Partial<CatalogueReview> = {}): string[] {
    return checkReview(rows, { ...NO_REVIEW, ...review }).map(({ column, message }) => `${column ?? '-'}: ${message}`);
  }

  function published(change: Partial<PublishedLinkRow>): PublishedLinkRow {
    return {
      source: 'ctid',
      provider: 'config',
      ruleKey: 'iam-user-mfa-enabled',
      techniqueId: 'T1078.004',
      publishedId: 'T1078.004',
      effect: 'protect',
      score: 'significant',
      decision: 'linked',
      reason: null,
      ...change,
    };
  }

  it('finds nothing in a good catalogue', () => {
    assert.deepEqual(found(), []);
  });

  it('finds a technique of the cloud matrix that nothing is said about', () => {
    rows.links = rows.links.filter(({ techniqueId }) => techniqueId !== 'T1530');

    assert.deepEqual(found(), [
      'technique_id: No active rule is linked to T1530. Link one, or say why in attack/unlinked-techniques.csv.',
    ]);
  });

  it('does not take the link of a retired rule for one', () => {
    rows.rules = rows.rules.map((row) =>
      row.ruleKey === 's3-bucket-public-read-prohibited' || row.ruleKey === 'open-bucket'
        ? { ...row, status: 'retired' }
        : row,
    );

    assert.equal(found().length, 1);
  });

  it('finds a technique that is linked and listed as unlinked, and reasons that do not hold', () => {
    const explanation = { explanationEn: 'Why.', explanationEs: 'Por qué.' };
    rows.links = rows.links.filter(({ techniqueId }) => techniqueId !== 'T1530');
    rows.unlinkedTechniques = [
      { techniqueId: 'T1040', reason: 'outside-aws', ...explanation },
      { techniqueId: 'T1530', reason: 'through-sub-techniques', ...explanation },
    ];

    assert.deepEqual(found(), [
      'technique_id: A rule is linked to T1040. Remove it here.',
      'reason: No rule is linked to a sub-technique of T1530. Give another reason.',
    ]);
  });

  it('finds a published link that is neither in the catalogue nor decided', () => {
    const publishedLinks = [
      published({}),
      published({ techniqueId: 'T1530', publishedId: 'T1530' }),
      published({ techniqueId: 'T1040', publishedId: 'T1040', decision: 'too-generic' }),
      published({ decision: 'over-six' }),
      published({ techniqueId: 'T1530', publishedId: 'T1530', decision: 'sub-technique-linked' }),
      published({ techniqueId: 'T1078', publishedId: 'T1078', decision: 'sub-technique-linked' }),
      published({ ruleKey: 'gone' }),
    ];

    assert.deepEqual(found({ publishedLinks }), [
      'decision: The rule has no link to T1530. Link it, or say here why not.',
      'decision: Give the reason in the column reason.',
      'decision: The rule is linked to T1078.004. Write linked.',
      'decision: The rule has no link to the family of T1530. Give another reason.',
      'rule_key: There is no gone in rules/config.csv.',
    ]);
  });

  it('finds a GuardDuty type without a technique of the tactic that it names, unless that is excepted', () => {
    rows.links = rows.links.map((row) =>
      row.ruleKey === 'Recon:EC2/Portscan' ? { ...row, techniqueId: 'T1078', tacticIds: ['TA0001'] } : row,
    );
    rows.links = [
      ...rows.links,
      ...rows.links
        .filter(({ techniqueId }) => techniqueId === 'T1040')
        .slice(0, 1)
        .map((row) => ({ ...row, ruleKey: 'elb-tls-https-listeners-only', techniqueId: 'T1046' })),
    ];
    const exceptions = [
      { check: 'threat-purpose', provider: 'guardduty', ruleKey: 'Recon:EC2/Portscan', reason: 'because' },
    ] as const;

    assert.deepEqual(found(), [
      'rule_key: No link speaks for TA0007 or TA0043, which the type names. Add one, or give the reason in exceptions.csv.',
    ]);
    assert.deepEqual(found({ exceptions }), []);
  });

  it('finds an exception for a rule that is not there', () => {
    const exceptions = [{ check: 'most-links', provider: 'config', ruleKey: 'gone', reason: 'because' }] as const;

    assert.deepEqual(found({ exceptions }), ['rule_key: There is no gone in rules/config.csv.']);
  });
});
