import assert from 'node:assert/strict';
import fc from 'fast-check';
import { attackMatrix, type MatrixCell } from '../../../lambda/core/attack-matrix.ts';
import { matrixCatalogue } from '../../../lambda/core/matrix-catalogue.ts';
import { SEVERITY_LABELS } from '../../../lambda/core/severity.ts';
import type { OpenTechnique } from '../../../lambda/core/technique-state.ts';
import { readCatalogueFiles, CATALOGUE_DIRECTORY } from '../../../sql/catalogue-files.ts';
import { ELSEWHERE, MATRIX_CATALOGUE, THREAT, check, evidence, openTechnique } from '../../support/matrix.ts';

const matrixOf = (...open: OpenTechnique[]) => attackMatrix(evidence({ open }), MATRIX_CATALOGUE);
const column = (matrix: ReturnType<typeof matrixOf>, tacticId: string) => {
  const found = matrix.columns.find(({ tactic }) => tactic.id === tacticId);
  assert.ok(found);
  return found;
};
const cell = (matrix: ReturnType<typeof matrixOf>, tacticId: string, techniqueId: string): MatrixCell => {
  const all = column(matrix, tacticId).cells.flatMap((own) => [own, ...own.subTechniques]);
  const found = all.find(({ technique }) => technique.id === techniqueId);
  assert.ok(found);
  return found;
};

describe('attackMatrix', () => {
  it('has the 15 tactics of the release in their order, and every technique of its cloud matrix', async () => {
    const read = await readCatalogueFiles(CATALOGUE_DIRECTORY);
    assert.ok('rows' in read);
    const { columns, byState } = attackMatrix(evidence(), matrixCatalogue(read.rows));

    assert.equal(columns.length, 15);
    assert.deepEqual(
      columns.map(({ tactic }) => tactic.position),
      Array.from({ length: 15 }, (_, index) => index + 1),
    );
    const cloud = read.rows.techniques.filter(({ matrix }) => matrix === 'cloud').map(({ techniqueId }) => techniqueId);
    const shown = new Set(
      columns
        .flatMap(({ cells }) => cells.flatMap((own) => [own, ...own.subTechniques]))
        .map(({ technique }) => technique.id),
    );
    assert.deepEqual(
      cloud.filter((id) => !shown.has(id)),
      [],
    );
    assert.equal(
      Object.values(byState).reduce((sum, count) => sum + count, 0),
      cloud.length,
    );
  });

  it('counts a pair of technique and resource once, with the highest severity that it has', () => {
    const again = openTechnique({ sourceKey: 'b'.repeat(64), severity: 'CRITICAL', ruleKey: 'password-policy' });
    const { pairs, bySeverity, findings, severity } = cell(matrixOf(openTechnique(), again), 'TA0001', 'T1078');

    assert.deepEqual([pairs, findings, severity], [1, 2, 'CRITICAL']);
    assert.deepEqual([bySeverity.CRITICAL, bySeverity.HIGH], [1, 0]);
  });

  it('keeps the same resource id of two accounts apart', () => {
    assert.equal(cell(matrixOf(openTechnique(), openTechnique(ELSEWHERE)), 'TA0001', 'T1078').pairs, 2);
  });

  it("shows the worst of its sub-techniques in a technique's cell, and counts only itself", () => {
    const sub = openTechnique({ techniqueId: 'T1078.004', severity: 'CRITICAL' });
    const own = cell(matrixOf(sub), 'TA0001', 'T1078');

    assert.deepEqual([own.pairs, own.severity, own.state], [0, undefined, 'no-evidence']);
    assert.deepEqual([own.worstSeverity, own.worstState], ['CRITICAL', 'exposed']);
    assert.equal(own.subTechniques[0]?.pairs, 1);
  });

  it('counts a technique under the tactics of its finding only, and once in the total', () => {
    const matrix = matrixOf(openTechnique({ tacticIds: ['TA0006'] }));

    assert.deepEqual([column(matrix, 'TA0001').pairs, column(matrix, 'TA0006').pairs, matrix.total.pairs], [0, 1, 1]);
    assert.equal(matrixOf(openTechnique()).total.pairs, 1);
  });

  it('lists what was suppressed apart, and counts it nowhere', () => {
    const matrix = matrixOf(openTechnique({ isSuppressed: true }));

    const { pairs, findings, suppressed, severity } = column(matrix, 'TA0001');
    assert.deepEqual([pairs, findings, suppressed, severity], [0, 0, 1, undefined]);
  });

  it('shows a technique outside the cloud matrix where something of it is open', () => {
    const injection = openTechnique({
      ...THREAT,
      techniqueId: 'T1055',
      tacticIds: ['TA0001'],
      ruleKey: 'Attack:Injection',
    });
    const shows = (matrix: ReturnType<typeof matrixOf>) =>
      column(matrix, 'TA0001').cells.some(({ technique }) => technique.id === 'T1055');

    assert.deepEqual([shows(matrixOf()), shows(matrixOf(injection))], [false, true]);
  });

  it('claims no protection without a rule that passed', () => {
    const { byState } = attackMatrix(evidence(), MATRIX_CATALOGUE);

    assert.equal(byState.protected, 0);
    assert.equal(attackMatrix(evidence({ checks: [check('mfa')] }), MATRIX_CATALOGUE).byState.protected, 2);
  });

  it('adds up, whatever is open', () => {
    const some = fc.record({
      sourceKey: fc.constantFrom('a', 'b', 'c'),
      techniqueId: fc.constantFrom('T1078', 'T1078.004', 'T1110'),
      severity: fc.constantFrom(...SEVERITY_LABELS),
      accountId: fc.constantFrom('111122223333', '444455556666'),
      resourceIds: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }),
      isSuppressed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(some), (open) => {
        const rows = open.map((changes) => openTechnique({ tacticIds: ['TA0006'], ...changes }));
        const matrix = matrixOf(...rows);
        const pairs = new Set(
          rows
            .filter(({ isSuppressed }) => !isSuppressed)
            .flatMap(({ techniqueId, accountId, resourceIds }) =>
              resourceIds.map((id) => JSON.stringify([techniqueId, accountId, id])),
            ),
        );
        const under = column(matrix, 'TA0006');
        const cells = under.cells.flatMap((own) => [own, ...own.subTechniques]);
        assert.equal(under.pairs, pairs.size);
        assert.equal(matrix.total.pairs, pairs.size);
        assert.equal(
          cells.reduce((sum, own) => sum + own.pairs, 0),
          pairs.size,
        );
        assert.equal(
          Object.values(under.bySeverity).reduce((sum, count) => sum + count, 0),
          pairs.size,
        );
        assert.equal(under.findings + under.suppressed, rows.length);
      }),
    );
  });
});
