import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { techniqueTable } from '../../local/technique-table.ts';
import { MATRIX_CATALOGUE } from '../support/matrix.ts';
import { ownFinding } from '../support/own-finding.ts';

const rowsOf = (...findings: ReturnType<typeof ownFinding>[]) =>
  parse(techniqueTable(findings, MATRIX_CATALOGUE.index), { columns: true }) as unknown as Record<string, string>[];

describe('techniqueTable', () => {
  it('has a row for each technique finding, closed and suppressed ones included', () => {
    const rows = rowsOf(
      ownFinding(),
      ownFinding({}, { RecordState: 'ARCHIVED' }),
      ownFinding({}, { Workflow: { Status: 'SUPPRESSED' } }),
    );

    assert.deepEqual(
      rows.map(({ technique_id, status, account, rule }) => [technique_id, status, account, rule]),
      [
        ['T1078', 'open', '444455556666', 'mfa'],
        ['T1078', 'closed', '444455556666', 'mfa'],
        ['T1078', 'suppressed', '444455556666', 'mfa'],
      ],
    );
  });

  it('neutralises what a spreadsheet would take for a formula', () => {
    for (const formula of ['=HYPERLINK("https://x")', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1']) {
      const [row] = rowsOf(ownFinding({ Resources: [{ Id: formula, Type: 'Other' }] }));

      assert.equal(row?.['resources'], `'${formula}`);
    }
  });

  it('gives back every text, and no cell that begins a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (wild) => {
        const id = `${wild}x`;
        const [row, ...others] = rowsOf(ownFinding({ Resources: [{ Id: id, Type: 'Other' }] }));

        assert.deepEqual(others, []);
        assert.equal(
          row?.['resources']?.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, ''),
          id.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, ''),
        );
        for (const cell of Object.values(row ?? {})) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
      }),
    );
  });

  it('is a header alone where nothing was found', () => {
    assert.deepEqual(rowsOf(), []);
    assert.match(techniqueTable([], MATRIX_CATALOGUE.index), /^technique_id,technique,/);
  });
});
