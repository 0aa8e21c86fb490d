import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { attackMatrix } from '../../../lambda/core/attack-matrix.ts';
import { fixFirst } from '../../../lambda/core/fix-first.ts';
import { securityHubTarget } from '../../../lambda/core/security-hub-target.ts';
import type { OpenTechnique } from '../../../lambda/core/technique-state.ts';
import { type ReportInput, reportData } from '../../../local/report/report-data.ts';
import { reportHtml } from '../../../local/report/report-html.ts';
import { REPORT_WORDS } from '../../../local/report/report-words.ts';
import { MATRIX_CATALOGUE, evidence, openTechnique } from '../../support/matrix.ts';

function input(open: readonly OpenTechnique[], changes: Partial<ReportInput> = {}): ReportInput {
  return {
    language: 'en',
    target: securityHubTarget('111122223333', 'eu-west-1'),
    catalogue: MATRIX_CATALOGUE,
    matrix: attackMatrix(evidence({ open }), MATRIX_CATALOGUE),
    open,
    sources: new Map(
      open.map(({ sourceKey }) => [sourceKey, { id: `arn:aws:config:x/${sourceKey}`, title: 'A title' }]),
    ),
    fixFirst: fixFirst(open, MATRIX_CATALOGUE),
    asOf: '2026-11-20T05:45:47.645Z',
    ...changes,
  };
}

interface Decoded {
  readonly heads: string[];
  readonly titles: string[];
  readonly resources: [number, string][];
  readonly sources: [number, number, number, number, number, string, number[], unknown[]][];
  readonly sourcesLeftOut: number;
  readonly techniques: unknown[][];
  readonly places: string[][];
}
const decode = (json: string) => JSON.parse(json) as Decoded;
const manyOpen = (count: number, changes: (index: number) => Partial<OpenTechnique> = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    openTechnique({ sourceKey: String(index).padStart(64, '0'), resourceIds: [`bucket-${index}`], ...changes(index) }),
  );

describe('reportData', () => {
  it('gives back every source with its title, id, resources and techniques', () => {
    const data = decode(
      reportData(input([openTechnique(), openTechnique({ techniqueId: 'T1110', tacticIds: ['TA0006'] })]), 1e6).json,
    );

    const [source] = data.sources;
    assert.ok(source);
    const [place, , , title, head, tail, resources, links] = source;
    assert.deepEqual(data.places[place], ['444455556666', 'eu-west-1']);
    assert.equal(data.titles[title], 'A title');
    assert.equal(`${data.heads[head]}${tail}`, `arn:aws:config:x/${'a'.repeat(64)}`);
    const [resourceHead = 0, resourceTail = ''] = data.resources[resources[0] ?? 0] ?? [];
    assert.equal(`${data.heads[resourceHead]}${resourceTail}`, 'arn:aws:iam::444455556666:user/ana');
    assert.deepEqual(
      links.map((link) => data.techniques[link as number]?.[0]),
      ['T1078', 'T1110'],
    );
  });

  it('stays below its limit, keeps the worst, and counts what it left out', () => {
    const open = manyOpen(500, (index) => ({ severity: index % 2 === 0 ? 'LOW' : 'CRITICAL' }));

    const whole = reportData(input(open), 1e6);
    const limit = Buffer.byteLength(whole.json) / 2;
    const part = reportData(input(open), limit);
    const data = decode(part.json);

    assert.equal(whole.sourcesLeftOut, 0);
    assert.ok(Buffer.byteLength(part.json) <= limit);
    assert.ok(part.sourcesLeftOut > 0);
    assert.equal(data.sourcesLeftOut, part.sourcesLeftOut);
    assert.equal(data.sources.length + part.sourcesLeftOut, 500);
    const severities = data.sources.map(([, , severity]) => severity);
    assert.deepEqual(
      severities,
      [...severities].sort((a, b) => b - a),
    );
    // Lists hold nothing that only left-out sources need.
    assert.equal(data.resources.length, data.sources.length);
  });

  it('can stand in an HTML element and gives every text back, whatever findings say', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (title, id) => {
          const open = [openTechnique({ resourceIds: [`</script><!--<script>${id}`], ruleKey: id, provider: title })];
          const sources = new Map([['a'.repeat(64), { id, title: `</script>${title}` }]]);

          const { json } = reportData(input(open, { sources }), 1e6);

          assert.doesNotMatch(json, /</);
          const data = decode(json);
          assert.equal(data.titles[0], `</script>${title}`.toWellFormed());
          const [source] = data.sources;
          assert.equal(`${data.heads[source?.[4] ?? 0]}${source?.[5]}`, id.toWellFormed());
        },
      ),
    );
  });

  it('gives equal bytes for equal state', () => {
    const open = manyOpen(20);

    assert.equal(reportData(input(open), 1e6).json, reportData(input([...open]), 1e6).json);
  });
});

describe('reportHtml', () => {
  it('loads nothing, and lets only its own script and style run', async () => {
    const html = await reportHtml(input([openTechnique()]));

    assert.match(html, /Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;sha256-/);
    assert.doesNotMatch(html, /<(?:link|iframe|img|object|embed|base)\b|\ssrc=|@import|url\(/);
  });

  it('is below 2 MB whatever there is, and says that something was left out', async () => {
    const open = manyOpen(20_000, (index) => ({
      resourceIds: [`${'<'.repeat(60)}${index}`],
      region: `${'<'.repeat(60)}${index % 3000}`,
      ruleKey: `${'<'.repeat(60)}${index}`,
    }));

    const html = await reportHtml(input(open));

    assert.ok(Buffer.byteLength(html) <= 2_000_000, String(Buffer.byteLength(html)));
    assert.match(html, /"sourcesLeftOut":[1-9]/);
  });

  it('speaks the language asked for, and has every word in both', async () => {
    const html = await reportHtml(input([openTechnique()], { language: 'es' }));

    assert.match(html, /<html lang="es">/);
    assert.match(html, /Informe de la matriz ATT&amp;CK/);
    assert.deepEqual(Object.keys(REPORT_WORDS.es).sort(), Object.keys(REPORT_WORDS.en).sort());
    const values = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();
    for (const [key, text] of Object.entries(REPORT_WORDS.en)) {
      assert.deepEqual(values(REPORT_WORDS.es[key as keyof typeof REPORT_WORDS.es]), values(text), key);
    }
  });

  it('has every word that its script asks for', async () => {
    const script = await readFile(new URL('../../../local/report/report.js', import.meta.url), 'utf8');
    const asked = [...script.matchAll(/say\(\s*'(\w+)'/g)].map(([, key]) => key ?? '');

    assert.ok(asked.length > 20);
    assert.deepEqual(
      asked.filter((key) => !(key in REPORT_WORDS.en)),
      [],
    );
    assert.doesNotMatch(script, /<\/script|<!--/i);
  });
});
