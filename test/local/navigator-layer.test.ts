import assert from 'node:assert/strict';
import { adversaryExposure } from '../../lambda/core/campaign-exposure.ts';
import { computeCoverage } from '../../lambda/core/coverage.ts';
import { techniqueStates } from '../../lambda/core/technique-state.ts';
import { adversaryLayer, coverageLayer, exposureLayer } from '../../local/navigator-layer.ts';
import type { OwnFinding } from '../../local/own-findings.ts';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { MATRIX_CATALOGUE, evidence, openTechnique } from '../support/matrix.ts';
import { assertLayer } from '../support/navigator-layer.ts';

const finding = {
  RecordState: 'ACTIVE',
  Workflow: { Status: 'NEW' },
  Severity: { Label: 'HIGH' },
  ProductFields: { 'mitre/technique': 'T1078.004', 'mitre/tactics': 'TA0001' },
} as unknown as OwnFinding;

describe('Navigator layers', () => {
  it('of what is open follow format 4.5, also where nothing is', () => {
    assertLayer(exposureLayer([finding], MATRIX_CATALOGUE.index));
    assertLayer(exposureLayer([], MATRIX_CATALOGUE.index));
  });

  it('of the coverage follow format 4.5', async () => {
    const read = await readCatalogueFiles(CATALOGUE_DIRECTORY);
    assert.ok('rows' in read);

    assertLayer(coverageLayer(read.rows, computeCoverage(read.rows)));
  });

  it('of a campaign follow format 4.5, with the state of each cloud step', () => {
    const states = techniqueStates(evidence({ open: [openTechnique()] }), MATRIX_CATALOGUE);
    const campaign = adversaryExposure(states, MATRIX_CATALOGUE).find(({ adversary }) => adversary.id === 'C0027');
    assert.ok(campaign);

    const layer = adversaryLayer(campaign, MATRIX_CATALOGUE.index) as {
      name: string;
      techniques: { techniqueID: string; comment: string; score: number }[];
    };

    assertLayer(layer);
    assert.equal(layer.name, 'Virtual SOC: C0027 Night Walk');
    assert.deepEqual(
      layer.techniques.map(({ techniqueID, comment, score }) => [techniqueID, comment, score]),
      [
        ['T1078', 'Exposed', 1],
        ['T1530', 'Blind', 0],
      ],
    );
  });

  it('are refused by the format where they break it', () => {
    const layer = exposureLayer([finding], MATRIX_CATALOGUE.index);

    for (const change of [{ versions: { layer: '4.4', navigator: '5.1.0' } }, { domain: 'cloud' }, { colour: 'red' }])
      assert.throws(() => assertLayer({ ...layer, ...change }));
  });
});
