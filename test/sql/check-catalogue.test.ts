import assert from 'node:assert/strict';
import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { checkCatalogue } from '../../sql/check-catalogue.ts';

type Mutable = { -readonly [T in keyof CatalogueRows]: CatalogueRows[T] };

describe('checkCatalogue', () => {
  let rows: Mutable;

  beforeEach(async () => {
    rows = { ...(await readCatalogueFiles('test/fixtures/catalogue')).rows };
  });

  /** What is wrong, as `column: message`. */
  function found(): string[] {
    return checkCatalogue(rows).map(({ column, message }) => `${column ?? '-'}: ${message}`);
  }

  function rule(provider: string, ruleKey: string, change: Partial<CatalogueRows['rules'][number]> = {}): void {
    rows.rules = rows.rules.map((row) =>
      row.provider === provider && row.ruleKey === ruleKey ? { ...row, ...change } : row,
    );
  }

  function link(ruleKey: string, techniqueId: string, change: Partial<CatalogueRows['links'][number]> = {}): void {
    const [template] = rows.links;
    assert.ok(template);
    const rationale = `Words of its own make text ${rows.links.length} unlike number ${rows.links.length * 7 + 1000} and others.`;
    const added = { ...template, provider: 'config', ruleKey, techniqueId, tacticIds: [], rationale };
    rows.links = [...rows.links, { ...added, ...change }];
  }

  it('finds nothing in a good catalogue', () => {
    assert.deepEqual(found(), []);
  });

  it('says where the row is', () => {
    const [row] = rows.tactics;
    assert.ok(row);
    const twin = { ...row };
    rows.tactics = [...rows.tactics, twin];

    const [problem] = checkCatalogue(rows, [], (asked) =>
      asked === twin ? { file: 'attack/tactics.csv', row: 7 } : undefined,
    );

    assert.deepEqual(problem, {
      file: 'attack/tactics.csv',
      row: 7,
      column: null,
      message: 'TA0001 is there twice. Remove one row.',
    });
  });

  it('finds a row that is there twice', () => {
    rows.controlTechniques = [...rows.controlTechniques, ...rows.controlTechniques.slice(0, 1)];

    assert.deepEqual(found(), ['-: cis, 6.3, T1078.004 is there twice. Remove one row.']);
  });

  it('finds a second link of a rule to one technique', () => {
    link('iam-user-mfa-enabled', 'T1078.004', { effect: 'detect' });

    assert.deepEqual(found(), ['-: config, iam-user-mfa-enabled, T1078.004 is there twice. Remove one row.']);
  });

  it('finds ids that nothing defines, wherever they are used', () => {
    rows.techniqueTactics = [...rows.techniqueTactics, { techniqueId: 'T9998', tacticId: 'TA0099' }];
    rows.techniqueMitigations = [...rows.techniqueMitigations, { techniqueId: 'T1040', mitigationId: 'M9999' }];
    rows.campaignTechniques = [...rows.campaignTechniques, { campaignId: 'C9999', techniqueId: 'T1040' }];
    rows.aliases = [...rows.aliases, { provider: 'config', alias: 'x', ruleKey: 'gone', meaning: 'same' }];
    rows.controls = [...rows.controls, { standard: 'ens', controlId: 'op.acc.1', title: null }];
    rows.controlTechniques = [
      ...rows.controlTechniques,
      { standard: 'nist', controlId: 'ZZ-1', techniqueId: 'T1040', source: 'ctid' },
    ];
    link('absent', 'T9999');

    assert.deepEqual(found(), [
      'technique_id: There is no technique T9998 in attack/techniques.csv.',
      'tactic_id: There is no TA0099 in attack/tactics.csv.',
      'mitigation_id: There is no M9999 in attack/mitigations.csv.',
      'campaign_id: There is no C9999 in attack/campaigns.csv.',
      'rule_key: There is no gone in rules/config.csv.',
      'rule_key: There is no absent in rules/config.csv.',
      'technique_id: There is no technique T9999 in attack/techniques.csv.',
      'standard: There is no ens in standards.csv.',
      'control_id: There is no ZZ-1 in controls/nist.csv.',
      'control_id: No technique is linked to op.acc.1. Link one, or remove the control.',
    ]);
  });

  it('names the successor of a withdrawn technique', () => {
    link('iam-user-mfa-enabled', 'T1089');
    link('iam-user-mfa-enabled', 'T1175');

    assert.deepEqual(found(), [
      'technique_id: T1089 was withdrawn by ATT&CK 7.0. Use T1685.',
      'technique_id: T1175 was withdrawn by ATT&CK 7.0. It has no successor.',
    ]);
  });

  it('finds a technique that is current and withdrawn, and a successor that is withdrawn itself', () => {
    rows.redirects = [
      ...rows.redirects,
      { oldId: 'T1040', newId: 'T1046', sinceRelease: '9.0' },
      { oldId: 'T1002', newId: 'T1089', sinceRelease: '7.0' },
    ];

    assert.deepEqual(found(), [
      'old_id: T1040 is also in attack/techniques.csv. Remove it from one of the two.',
      'new_id: T1089 was withdrawn itself. Name its successor.',
    ]);
  });

  it('finds two tactics in one place of the matrix', () => {
    rows.tactics = rows.tactics.map((row) => (row.tacticId === 'TA0003' ? { ...row, position: 3 } : row));

    assert.deepEqual(found(), ['position: TA0001 has "3" too. Each tactic has its own.']);
  });

  it('finds a technique without tactic', () => {
    rows.techniqueTactics = rows.techniqueTactics.filter((row) => row.techniqueId !== 'T1595');

    assert.deepEqual(found(), ['technique_id: T1595 belongs to no tactic. Add it to attack/technique-tactics.csv.']);
  });

  it('finds a sub-technique with another name or parent than its technique', () => {
    rows.techniques = rows.techniques.map((row) => {
      if (row.techniqueId === 'T1078.004') return { ...row, nameEn: 'Cloud Accounts', nameEs: 'Cuentas en la nube' };
      return row.techniqueId === 'T1595' ? { ...row, parentId: 'T1040' } : row;
    });

    assert.deepEqual(found(), [
      `name_en: The name of a sub-technique starts with its technique's: "Valid Accounts: …".`,
      `name_es: The name of a sub-technique starts with its technique's: "Cuentas válidas: …".`,
      'parent_id: Only a sub-technique has a parent.',
    ]);
  });

  it('finds a rule with neither link nor reason, and one with both', () => {
    rule('config', 'approved-amis-by-id', { notMappable: null });
    rule('config', 'vpc-flow-logs-enabled', { notMappable: 'informational' });

    assert.deepEqual(found(), [
      'not_mappable: The rule has no link. Add one to links/config.csv, or say here why it has none.',
      'not_mappable: The rule has 2 links, so it is mappable. Empty this cell, or remove the links.',
    ]);
  });

  it('finds advice in one language only', () => {
    rule('config', 'iam-user-mfa-enabled', { adviceEs: null });
    rule('securityhub', 'IAM.5', { adviceEn: null });

    assert.deepEqual(found(), [
      'advice_es: The rule has no advice in Spanish. Say what to do first.',
      'advice_en: The rule has no advice in English. Say what to do first.',
    ]);
  });

  it('finds a text that is the same in both languages', () => {
    rule('config', 'iam-user-mfa-enabled', { adviceEn: 'Turn on MFA.', adviceEs: 'Turn on MFA.' });
    rows.groups = rows.groups.map((row) => ({ ...row, summaryEs: row.summaryEn }));

    assert.deepEqual(found(), [
      'summary_es: The Spanish text is the English one. Translate it.',
      'advice_es: The Spanish text is the English one. Translate it.',
    ]);
  });

  for (const [what, key] of [
    ['in case', 'IAM-User-MFA-Enabled'],
    ['in punctuation', 'iam_user_mfa.enabled'],
    ['in an accent', 'iam-usér-mfa-enabled'],
  ] as const) {
    it(`finds a rule key that differs from another ${what} only`, () => {
      const [template] = rows.rules;
      assert.ok(template);
      rows.rules = [...rows.rules, { ...template, provider: 'config', ruleKey: key, notMappable: 'informational' }];

      assert.deepEqual(found(), [
        'rule_key: The key is nearly iam-user-mfa-enabled. Make them one rule, and one of the keys an alias.',
      ]);
    });
  }

  for (const [what, key] of [
    ['a Cyrillic letter', 'iam-us\u0435r-new'],
    ['an invisible character', 'iam-user\u200b-new'],
  ] as const) {
    it(`finds a rule key with ${what}`, () => {
      const [template] = rows.rules;
      assert.ok(template);
      rows.rules = [...rows.rules, { ...template, provider: 'config', ruleKey: key, notMappable: 'informational' }];

      assert.deepEqual(found(), [
        'rule_key: The key has letters that only look like Latin ones, or invisible ones. Type it anew.',
      ]);
    });
  }

  it('finds a rationale that says the same as another, or nothing', () => {
    link('approved-amis-by-id', 'T1040', {
      rationale: 'Without TLS, whoever reads any traffic reads the credentials in it.',
    });
    link('vpc-flow-logs-enabled', 'T1530', { rationale: 'The VPC flow logs are not enabled.' });
    rule('config', 'approved-amis-by-id', { notMappable: null });

    assert.deepEqual(found(), [
      'rationale: It says the same as that of elb-tls-https-listeners-only for T1040 (config). Say what is particular.',
      'rationale: Only 0 words are about this rule. Say what an attacker gets, and how.',
    ]);
  });

  it('does not hold what is inherited for a copy', () => {
    const [template] = rows.links;
    assert.ok(template);
    rule('config', 'approved-amis-by-id', { notMappable: null, inherits: 'config:elb-tls-https-listeners-only' });
    rows.links = [...rows.links, { ...template, ruleKey: 'approved-amis-by-id' }];

    assert.deepEqual(found(), []);
  });

  it('finds a control that nothing is linked to, unless its list is the whole one of the publisher', () => {
    rows.controls = [
      ...rows.controls,
      { standard: 'cis', controlId: '6.4', title: null },
      { standard: 'nist', controlId: 'AC-99', title: null },
    ];

    assert.deepEqual(found(), ['control_id: No technique is linked to 6.4. Link one, or remove the control.']);
  });

  it('finds a technique with more controls than anyone reads', () => {
    for (let number = 10; number < 18; number += 1) {
      const controlId = `AC-${number}`;
      rows.controls = [...rows.controls, { standard: 'nist', controlId, title: null }];
      rows.controlTechniques = [
        ...rows.controlTechniques,
        { standard: 'nist', controlId, techniqueId: 'T1040', source: 'judgement' },
      ];
    }

    assert.deepEqual(found(), ['technique_id: T1040 has 9 controls. Keep the 8 that answer it most directly.']);
  });

  it('finds a product of AWS, and one whose product field is not named', () => {
    const [template] = rows.products;
    assert.ok(template);
    rows.products = [
      { ...template, product: 'aws/config' },
      { ...template, product: 'acme/edr', key: 'product-field' },
    ];

    assert.deepEqual(found(), [
      'product: aws/config is a service of AWS, whose findings are read by the program itself.',
      'field: Name the product field here where key is product-field, and only there.',
    ]);
  });

  it('lets a rule have more links where that was decided', () => {
    const [technique] = rows.techniques;
    assert.ok(technique);
    for (let id = 2001; id <= 2006; id += 1) {
      rows.techniques = [...rows.techniques, { ...technique, techniqueId: `T${id}` }];
      rows.techniqueTactics = [...rows.techniqueTactics, { techniqueId: `T${id}`, tacticId: 'TA0006' }];
      link('iam-user-mfa-enabled', `T${id}`);
    }
    const exception = {
      check: 'most-links',
      provider: 'config',
      ruleKey: 'iam-user-mfa-enabled',
      reason: 'why',
    } as const;

    assert.equal(found().length, 1);
    assert.deepEqual(checkCatalogue(rows, [exception]), []);
  });

  it('finds a rule with more links than anyone reads', () => {
    const [technique] = rows.techniques;
    assert.ok(technique);
    for (let id = 2001; id <= 2006; id += 1) {
      rows.techniques = [...rows.techniques, { ...technique, techniqueId: `T${id}` }];
      rows.techniqueTactics = [...rows.techniqueTactics, { techniqueId: `T${id}`, tacticId: 'TA0006' }];
      link('iam-user-mfa-enabled', `T${id}`);
    }

    assert.deepEqual(found(), [
      'rule_key: The rule has 7 links. Keep the 6 that matter most, or give the reason in exceptions.csv.',
    ]);
  });

  it('finds a link narrowed to tactics that its technique does not have', () => {
    link('iam-user-mfa-enabled', 'T1040', { tacticIds: ['TA0006', 'TA0009'] });

    assert.deepEqual(found(), ['tactics: T1040 does not belong to TA0009, only to TA0006, TA0007.']);
  });

  it('finds a rule linked to a technique and to its own sub-technique', () => {
    link('iam-user-mfa-enabled', 'T1078');

    assert.deepEqual(found(), [
      'technique_id: The rule is linked to T1078 and to its sub-technique T1078.004. Keep one.',
    ]);
  });

  describe('of aliases', () => {
    function alias(name: string, meaning: CatalogueRows['aliases'][number]['meaning'], ...ruleKeys: string[]): void {
      const added = ruleKeys.map((ruleKey) => ({ provider: 'config', alias: name, ruleKey, meaning }));
      rows.aliases = [...rows.aliases, ...added];
    }

    it('finds one that means the same as several rules', () => {
      alias('x', 'same', 'iam-user-mfa-enabled', 'vpc-flow-logs-enabled');

      const problem = 'meaning: "x" names 2 rules. Write union if all are meant, else ambiguous.';
      assert.deepEqual(found(), [problem, problem]);
    });

    it('finds a union of one rule', () => {
      alias('x', 'union', 'iam-user-mfa-enabled');

      assert.deepEqual(found(), ['meaning: "x" names one rule only. Write same, or add the others.']);
    });

    it('finds an ambiguous one that can mean one rule only', () => {
      alias('x', 'ambiguous', 'iam-user-mfa-enabled');

      assert.deepEqual(found(), ['meaning: "x" names one rule only. Add the others that it may mean, or write same.']);
    });

    it('finds rows of one alias that do not agree', () => {
      alias('x', 'union', 'iam-user-mfa-enabled', 'vpc-flow-logs-enabled');
      alias('x', 'ambiguous', 's3-bucket-public-read-prohibited');

      assert.deepEqual(found(), ['meaning: Another row of "x" says union. All rows of an alias have one meaning.']);
    });

    it('finds one that would hide the rule of that name', () => {
      alias('iam-user-mfa-enabled', 'same', 'vpc-flow-logs-enabled');

      assert.deepEqual(found(), [
        'meaning: "iam-user-mfa-enabled" is itself a rule of config, which it would hide. Only an ambiguous alias may be one.',
      ]);
    });

    it('lets an ambiguous one be the name of a rule', () => {
      alias('iam-user-mfa-enabled', 'ambiguous', 'vpc-flow-logs-enabled');

      assert.deepEqual(found(), []);
    });

    it('lets two providers use one name', () => {
      rows.aliases = [
        ...rows.aliases,
        { provider: 'securityhub', alias: 'securityhub-iam-user-mfa-enabled', ruleKey: 'IAM.5', meaning: 'same' },
      ];

      assert.deepEqual(found(), []);
    });
  });

  it('finds a verified standard without a source of its ids', () => {
    rows.standards = rows.standards.map((row) => ({ ...row, status: 'verified' }));

    assert.deepEqual(found(), [
      'id_list_source: A verified standard has a closed list of control ids. Say where it is from.',
    ]);
  });
});
