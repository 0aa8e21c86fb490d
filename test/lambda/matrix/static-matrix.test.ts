import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AttackMatrix, attackMatrix } from '../../../lambda/core/attack-matrix.ts';
import { matrixCatalogue } from '../../../lambda/core/matrix-catalogue.ts';
import { MATRIX_STYLE } from '../../../lambda/matrix/matrix-style.ts';
import { type MatrixRendering, renderMatrix } from '../../../lambda/matrix/static-matrix.ts';
import { CATALOGUE_DIRECTORY, readCatalogueFiles } from '../../../sql/catalogue-files.ts';
import { MATRIX_CATALOGUE, MATRIX_ROWS, evidence, openTechnique } from '../../support/matrix.ts';

const matrixOf = (...open: Parameters<typeof openTechnique>[0][]) =>
  attackMatrix(evidence({ open: open.map((changes) => openTechnique(changes)) }), MATRIX_CATALOGUE);
const render = (matrix: AttackMatrix, rendering: Partial<MatrixRendering> = {}) =>
  renderMatrix(matrix, { language: 'en', ...rendering });

describe('renderMatrix', () => {
  it('shows tactics, techniques and sub-techniques with state, severity and count', () => {
    const { html, leftOut } = render(matrixOf({}, { techniqueId: 'T1078.004', severity: 'CRITICAL' }));

    assert.equal(leftOut, 0);
    for (const text of [
      'Initial Access',
      '2 open, 2 techniques',
      'Valid Accounts',
      'Cloud Accounts',
      '1 sub-technique',
    ])
      assert.ok(html.includes(text), text);
    assert.match(html, /vm-CRITICAL" title="T1078 Valid Accounts: Exposed, Critical"/);
    assert.match(html, /title="T1538 Cloud Service Dashboard: Blind, Nothing open"/);
  });

  it('speaks Spanish', () => {
    const { html } = render(matrixOf({}), { language: 'es' });

    for (const text of ['Acceso inicial', '1 abierta, 1 técnica', 'Expuesta, Alta', '1 subtécnica'])
      assert.ok(html.includes(text), text);
  });

  it('has nothing that runs or loads', () => {
    const { html } = render(matrixOf({}), { interactive: true });

    assert.doesNotMatch(html + MATRIX_STYLE, /<script|<iframe|<use|javascript:|\son\w+=|url\(|@import|https?:/i);
  });

  it('escapes every name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (wild) => {
        const nameEn = `<img src=x onerror=1>"'&${wild}`;
        const rows = {
          ...MATRIX_ROWS,
          techniques: MATRIX_ROWS.techniques.map((row) => ({ ...row, nameEn })),
          tactics: MATRIX_ROWS.tactics.map((row) => ({ ...row, nameEn })),
        };
        const { html } = render(attackMatrix(evidence(), matrixCatalogue(rows)));
        const tags = new Set(html.match(/<\/?[a-z0-9]*/g));
        assert.deepEqual(
          [...tags].filter((tag) => !/^<\/?(div|ol|ul|li|h3|p|span|details|summary)$/.test(tag)),
          [],
        );
        assert.ok(html.includes('&lt;img src=x onerror=1&gt;&quot;&#39;&amp;'));
      }),
    );
  });

  it('lets a widget add its actions to each cell, which get ids only', () => {
    const { html } = render(matrixOf({}), {
      around: (cell, techniqueId, tacticId) => `${cell}<cwdb-action>${techniqueId} ${tacticId}</cwdb-action>`,
    });

    assert.match(html, /<\/div><cwdb-action>T1078 TA0001<\/cwdb-action>/);
  });

  it('stays below a limit, keeps what has most open, and says what it left out', async () => {
    const read = await readCatalogueFiles(CATALOGUE_DIRECTORY);
    assert.ok('rows' in read);
    const open = [openTechnique({ severity: 'CRITICAL' })];
    const matrix = attackMatrix(evidence({ open }), matrixCatalogue(read.rows));
    for (const language of ['en', 'es'] as const) {
      const whole = render(matrix, { language });
      for (const maxBytes of [8_000, 20_000, 60_000]) {
        const { html, leftOut } = render(matrix, { language, maxBytes });

        assert.ok(Buffer.byteLength(html) <= maxBytes, `${Buffer.byteLength(html)} of ${maxBytes}`);
        assert.ok(leftOut > 0);
        assert.ok(html.includes(`${maxBytes / 1000} kB: ${leftOut} `));
        assert.ok(html.includes('vm-CRITICAL'));
      }
      assert.equal(whole.leftOut, 0);
      assert.ok(!whole.html.includes('vm-left'));
    }
  });
});
