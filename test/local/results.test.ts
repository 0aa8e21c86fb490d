import assert from 'node:assert/strict';
import { exposureLayer } from '../../local/navigator-layer.ts';
import type { OwnFinding } from '../../local/own-findings.ts';
import { countByTactic, countersOf } from '../../local/results.ts';
import { summaryText } from '../../local/summary-table.ts';
import { smallCatalogue } from '../support/small-catalogue.ts';

const techniqueFinding = (technique: string, RecordState: string, Status = 'NEW') =>
  ({
    RecordState,
    Workflow: { Status },
    Severity: { Label: 'HIGH' },
    ProductFields: { 'mitre/technique': technique, 'mitre/tactics': 'TA0006' },
  }) as unknown as OwnFinding;
const FINDINGS = [
  techniqueFinding('T1110', 'ACTIVE'),
  techniqueFinding('T1110', 'ACTIVE', 'SUPPRESSED'),
  techniqueFinding('T1040', 'ACTIVE', 'SUPPRESSED'),
  techniqueFinding('T1530', 'ARCHIVED', 'SUPPRESSED'),
];

const countersWith = (techniqueFindings: readonly OwnFinding[], items: number) =>
  countersOf(
    {
      catalogue: smallCatalogue,
      items,
      findings: items,
      ignored: {},
      techniqueFindingsImported: items,
      techniqueFindingsArchived: 0,
      tacticFindingsSent: items,
      rejected: [],
      undelivered: [],
    },
    techniqueFindings,
    [],
    [],
    { open: items, closed: 0, unchecked: 0 },
  );
const textOf = (techniqueFindings: readonly OwnFinding[], items: number) =>
  summaryText({
    catalogue: smallCatalogue,
    techniqueFindings,
    tacticFindings: [],
    unmapped: [],
    unknownTechniques: [],
    tactics: countByTactic(techniqueFindings, smallCatalogue),
    counters: countersWith(techniqueFindings, items),
    rejected: [],
    undelivered: [],
  });

describe('countersOf', () => {
  it('counts suppressed technique findings apart, and neither as open nor as closed', () => {
    const counters = countersWith(FINDINGS, 1);

    const values = ['Open', 'Suppressed', 'Closed'].map((state) => counters[`techniqueFindings${state}`]?.value);
    assert.deepEqual([...values, counters['techniquesOpen']?.value], [1, 2, 1, 1]);
  });
});

describe('exposureLayer', () => {
  it('leaves suppressed findings out, as the table of tactics does', () => {
    const { techniques } = exposureLayer(FINDINGS, smallCatalogue) as {
      techniques: { techniqueID: string; score: number }[];
    };

    assert.deepEqual(
      techniques.map(({ techniqueID, score }) => [techniqueID, score]),
      [['T1110', 1]],
    );
    assert.equal(countByTactic(FINDINGS, smallCatalogue)[0]?.open, 1);
  });
});

describe('summaryText', () => {
  it('says one item and two items', () => {
    assert.match(textOf([], 1), /Input: 1 item, .*This run wrote 1 technique finding and 1 tactic finding and/s);
    assert.match(textOf([], 2), /Input: 2 items, .*This run wrote 2 technique findings and 2 tactic findings and/s);
  });

  it('speaks of suppressed findings where there are any', () => {
    assert.match(textOf(FINDINGS, 1), /1 open, 1 closed, 2 suppressed, for 1 technique\./);
    assert.doesNotMatch(textOf([], 1), /suppressed/);
  });
});
