import assert from 'node:assert/strict';
import type { CatalogueRows, LinkRow, RuleRow, TechniqueRow } from '../../../lambda/core/catalogue.ts';
import { computeCoverage } from '../../../lambda/core/coverage.ts';

/** Rows of no interest to coverage are left empty; each test adds the few it is about. */
function catalogue(rows: Partial<CatalogueRows>): CatalogueRows {
  return {
    release: { version: 'v', attackRelease: '19.2', modified: '2026-08-05', copyright: '© 2026' },
    tactics: [tactic('TA0040', 15), tactic('TA0006', 9), tactic('TA0007', 10)],
    techniques: [],
    techniqueTactics: [],
    mitigations: [],
    techniqueMitigations: [],
    campaigns: [],
    campaignTechniques: [],
    groups: [],
    campaignGroups: [],
    groupTechniques: [],
    unlinkedTechniques: [],
    redirects: [],
    products: [],
    rules: [],
    requirements: [],
    aliases: [],
    links: [],
    standards: [],
    controls: [],
    controlTechniques: [],
    ...rows,
  };
}

const summary = { summaryEn: '', summaryEs: '' };

function tactic(tacticId: string, position: number): CatalogueRows['tactics'][number] {
  return { tacticId, position, shortname: tacticId, nameEn: `Tactic ${tacticId}`, nameEs: '', ...summary, url: '' };
}

function technique(techniqueId: string, own: Partial<TechniqueRow> = {}): TechniqueRow {
  const parentId = techniqueId.includes('.') ? techniqueId.slice(0, 5) : null;
  return {
    techniqueId,
    parentId,
    matrix: 'cloud',
    nameEn: `Technique ${techniqueId}`,
    nameEs: '',
    ...summary,
    platforms: ['IaaS'],
    url: '',
    ...own,
  };
}

function rule(provider: string, ruleKey: string, own: Partial<RuleRow> = {}): RuleRow {
  return {
    provider,
    ruleKey,
    kind: 'posture',
    status: 'active',
    notMappable: null,
    inherits: null,
    adviceEn: null,
    adviceEs: null,
    ...own,
  };
}

function link(provider: string, ruleKey: string, techniqueId: string, own: Partial<LinkRow> = {}): LinkRow {
  return {
    provider,
    ruleKey,
    techniqueId,
    effect: 'protect',
    score: 'partial',
    tacticIds: [],
    rationale: 'why',
    source: 'judgement',
    ...own,
  };
}

describe('computeCoverage', () => {
  it('does not count a sub-technique for its parent', () => {
    const rows = catalogue({
      techniques: [technique('T1078'), technique('T1078.004')],
      rules: [rule('config', 'a')],
      links: [link('config', 'a', 'T1078.004')],
    });

    const { cloud, uncovered } = computeCoverage(rows);

    assert.deepEqual([cloud.covered, cloud.techniques], [1, 2]);
    assert.deepEqual(
      uncovered.map(({ technique: id }) => id),
      ['T1078'],
    );
  });

  it('counts a technique once under its best score and under each of its effects', () => {
    const rows = catalogue({
      techniques: [technique('T1040')],
      rules: [rule('config', 'a'), rule('config', 'b'), rule('guardduty', 'c')],
      links: [
        link('config', 'a', 'T1040', { score: 'minimal' }),
        link('config', 'b', 'T1040', { score: 'significant' }),
        link('guardduty', 'c', 'T1040', { effect: 'detect', score: 'partial' }),
      ],
    });

    const { cloud } = computeCoverage(rows);

    assert.deepEqual(cloud.byBestScore, { significant: 1, partial: 0, minimal: 0 });
    assert.deepEqual(cloud.byEffect, { protect: 1, detect: 1, respond: 0 });
  });

  it('keeps techniques outside the cloud matrix apart', () => {
    const rows = catalogue({
      techniques: [technique('T1040'), technique('T1055', { matrix: 'off-matrix', platforms: ['Linux'] })],
      techniqueTactics: [
        { techniqueId: 'T1040', tacticId: 'TA0006' },
        { techniqueId: 'T1055', tacticId: 'TA0006' },
      ],
      rules: [rule('guardduty', 'a')],
      links: [link('guardduty', 'a', 'T1055', { effect: 'detect' })],
    });

    const { cloud, offMatrix, tactics } = computeCoverage(rows);

    assert.deepEqual([cloud.covered, cloud.techniques], [0, 1]);
    assert.deepEqual([offMatrix.covered, offMatrix.techniques], [1, 1]);
    const credentialAccess = tactics.find(({ tactic: id }) => id === 'TA0006');
    assert.equal(credentialAccess?.cloud.covered, 0);
    assert.equal(credentialAccess?.offMatrix.covered, 1);
  });

  it('covers a technique only under the tactics to which its links are narrowed', () => {
    const rows = catalogue({
      techniques: [technique('T1040')],
      techniqueTactics: [
        { techniqueId: 'T1040', tacticId: 'TA0006' },
        { techniqueId: 'T1040', tacticId: 'TA0007' },
      ],
      rules: [rule('config', 'a')],
      links: [link('config', 'a', 'T1040', { tacticIds: ['TA0007'] })],
    });

    const { tactics, cloud } = computeCoverage(rows);

    assert.deepEqual(
      tactics.map(({ tactic: id, cloud: { techniques, covered } }) => [id, techniques, covered]),
      [
        ['TA0006', 1, 0],
        ['TA0007', 1, 1],
        ['TA0040', 0, 0],
      ],
      'in the order of the matrix',
    );
    assert.equal(cloud.covered, 1);
  });

  it('counts a technique under each of its cloud platforms and no other', () => {
    const rows = catalogue({
      techniques: [technique('T1040', { platforms: ['IaaS', 'Linux', 'SaaS'] }), technique('T1485')],
      rules: [rule('config', 'a')],
      links: [link('config', 'a', 'T1040')],
    });

    const { platforms } = computeCoverage(rows);

    assert.deepEqual(
      platforms.map(({ platform, techniques, covered }) => [platform, techniques, covered]),
      [
        ['IaaS', 2, 1],
        ['SaaS', 1, 1],
        ['Identity Provider', 0, 0],
        ['Office Suite', 0, 0],
        ['Containers', 0, 0],
      ],
    );
  });

  it('puts each rule into one of mapped, not mappable and retired', () => {
    const rows = catalogue({
      techniques: [technique('T1040')],
      rules: [
        rule('securityhub', 'a'),
        rule('config', 'b', { notMappable: 'too-generic' }),
        rule('config', 'c'),
        rule('config', 'd', { status: 'retired' }),
        rule('config', 'e', { status: 'retired', notMappable: 'informational' }),
      ],
      links: [link('securityhub', 'a', 'T1040'), link('config', 'c', 'T1040'), link('config', 'd', 'T1040')],
    });

    const { providers, rules, notMappable } = computeCoverage(rows);

    assert.deepEqual(providers, [
      { provider: 'config', rules: 4, mapped: 1, notMappable: 1, retired: 2, links: 1 },
      { provider: 'securityhub', rules: 1, mapped: 1, notMappable: 0, retired: 0, links: 1 },
    ]);
    assert.deepEqual(rules, { rules: 5, mapped: 2, notMappable: 1, retired: 2, links: 2 });
    assert.deepEqual(notMappable, { 'too-generic': 1 });
  });

  it('lets a retired rule cover nothing', () => {
    const rows = catalogue({
      techniques: [technique('T1040')],
      rules: [rule('config', 'a', { status: 'retired' })],
      links: [link('config', 'a', 'T1040')],
    });

    assert.equal(computeCoverage(rows).cloud.covered, 0);
  });

  it('tells rules of the same key but another provider apart', () => {
    const rows = catalogue({
      techniques: [technique('T1040')],
      rules: [rule('config', 'a'), rule('prowler', 'a', { status: 'retired' })],
      links: [link('prowler', 'a', 'T1040')],
    });

    const { cloud, providers } = computeCoverage(rows);

    assert.equal(cloud.covered, 0);
    assert.deepEqual(
      providers.map(({ links }) => links),
      [0, 0],
    );
  });

  it('counts verified standards and only names unverified ones', () => {
    const rows = catalogue({
      techniques: [technique('T1040'), technique('T1110')],
      standards: [
        { standard: 'cis', name: 'CIS', version: '8.1', status: 'unverified', idListSource: null },
        { standard: 'nist', name: 'NIST', version: '5', status: 'verified', idListSource: 'a list' },
      ],
      controls: [
        { standard: 'cis', controlId: '6.3', title: null },
        { standard: 'nist', controlId: 'AC-2', title: null },
        { standard: 'nist', controlId: 'SC-8', title: null },
      ],
      controlTechniques: [
        { standard: 'cis', controlId: '6.3', techniqueId: 'T1040', source: 's' },
        { standard: 'nist', controlId: 'AC-2', techniqueId: 'T1040', source: 's' },
        { standard: 'nist', controlId: 'AC-2', techniqueId: 'T1110', source: 's' },
      ],
    });

    const { standards, unverifiedStandards } = computeCoverage(rows);

    assert.deepEqual(standards, [
      { standard: 'nist', name: 'NIST', version: '5', controls: 2, linkedControls: 1, techniques: 2 },
    ]);
    assert.deepEqual(unverifiedStandards, [{ standard: 'cis', name: 'CIS', version: '8.1' }]);
  });

  it('lists what is not covered by id, with its tactics in the order of the matrix and the reason where there is one', () => {
    const rows = catalogue({
      techniques: [technique('T1485'), technique('T1040')],
      techniqueTactics: [
        { techniqueId: 'T1485', tacticId: 'TA0040' },
        { techniqueId: 'T1485', tacticId: 'TA0007' },
      ],
      unlinkedTechniques: [
        {
          techniqueId: 'T1040',
          reason: 'outside-aws',
          explanationEn: 'It happens elsewhere.',
          explanationEs: 'Ocurre en otra parte.',
        },
      ],
    });

    const { uncovered } = computeCoverage(rows);

    assert.deepEqual(uncovered, [
      {
        technique: 'T1040',
        name: 'Technique T1040',
        matrix: 'cloud',
        tactics: [],
        reason: 'outside-aws',
        explanation: 'It happens elsewhere.',
      },
      {
        technique: 'T1485',
        name: 'Technique T1485',
        matrix: 'cloud',
        tactics: ['TA0007', 'TA0040'],
        reason: undefined,
        explanation: undefined,
      },
    ]);
  });
});
