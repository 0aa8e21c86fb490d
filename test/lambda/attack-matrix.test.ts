import assert from 'node:assert/strict';
import { keepCatalogue } from '../../lambda/adapters/catalogue-reader.ts';
import { readHubEvidence } from '../../lambda/adapters/hub-evidence.ts';
import { keepSensors } from '../../lambda/adapters/sensor-state.ts';
import { attackMatrixHandler } from '../../lambda/attack-matrix.ts';
import { attackMatrix } from '../../lambda/core/attack-matrix.ts';
import { matrixCatalogue } from '../../lambda/core/matrix-catalogue.ts';
import { MAX_WIDGET_BYTES, WIDGET_VIEWS } from '../../lambda/matrix/matrix-widget.ts';
import { type Enrichment, TARGET, startEnrichment } from '../support/enrichment.ts';
import { configFinding } from '../support/source-findings.ts';

const ENDPOINT = 'arn:aws:lambda:eu-west-1:111122223333:function:attack-matrix';
const HOSTILE = `"><script>alert(1)</script><cwdb-action action="call">{"a":1}</cwdb-action>\u0007&'`;

/** As CloudWatch sends it with every call. */
const widgetContext = {
  dashboardName: 'SC-111122223333-pp-example-attack',
  widgetId: 'widget-1',
  accountId: '111122223333',
  locale: 'en',
  timezone: { label: 'UTC', offsetISO: '+00:00', offsetInMinutes: 0 },
  period: 300,
  isAutoPeriod: true,
  timeRange: { mode: 'relative', start: 1627236199729, end: 1627322599729, relativeStart: 86400012 },
  theme: 'light',
  linkCharts: true,
  title: 'ATT&CK matrix',
  forms: { all: {} },
  params: { view: 'matrix' },
  width: 588,
  height: 369,
};

/** Elements and attributes that CloudWatch takes out of a widget, or that would load or run something. */
const NOT_TAKEN = /<(script|iframe|object|embed|link|form|use)\b|\son\w+=|javascript:|src=/i;

describe('attackMatrixHandler', () => {
  let enrichment: Enrichment;
  let answer: ReturnType<typeof attackMatrixHandler>;

  const evidence = () => readHubEvidence(enrichment.database.reader, enrichment.clock.now);

  beforeEach(async () => {
    enrichment = await startEnrichment();
    const catalogue = keepCatalogue(enrichment.database.reader, (rows) => ({
      ...matrixCatalogue(rows),
      version: rows.release.version,
    }));
    answer = attackMatrixHandler({ evidence, catalogue: catalogue.latest, language: 'en', target: TARGET });
  });

  afterEach(() => enrichment.close());

  const ask = (parameters: object) => answer({ ...parameters, widgetContext }, ENDPOINT);

  it('documents itself where CloudWatch asks for that', async () => {
    const documentation = await answer({ describe: true }, ENDPOINT);

    for (const view of WIDGET_VIEWS) assert.ok(documentation.includes(`\`${view}\``), view);
  });

  it('shows the matrix, each cell with a call for what is behind it', async () => {
    await enrichment.deliver(configFinding());

    const html = await ask({ view: 'matrix' });

    const calls = [...html.matchAll(/<\/div><cwdb-action action="call" display="popup" endpoint="([^"]+)">([^<]*)</g)];
    assert.ok(calls.length > 0);
    assert.equal(calls.length, html.match(/class="vm-c /g)?.length);
    for (const [, endpoint, parameters = ''] of calls) {
      assert.equal(endpoint, ENDPOINT);
      const { technique, ...others } = JSON.parse(parameters) as Record<string, string>;
      assert.match(technique ?? '', /^T\d{4}(\.\d{3})?$/);
      assert.deepEqual(others, { view: 'technique' });
    }
  });

  it('answers a click with the findings behind the cell', async () => {
    await enrichment.deliver(configFinding());
    const [technique] = enrichment.openTechniques();

    const html = await ask({ view: 'technique', technique });

    assert.ok(html.includes(technique ?? '-'));
    assert.ok(html.includes('config'));
    assert.match(html, /href="https:\/\/eu-west-1\.console\.aws\.amazon\.com\/securityhub/);
  });

  it('counts what tactic findings count', async () => {
    await enrichment.deliver(
      ...['a', 'b', 'c'].map((name) =>
        configFinding({ Id: name, Resources: [{ Type: 'AwsS3Bucket', Id: `arn:aws:s3:::${name}` }] }),
      ),
      configFinding({ Id: 'again', Resources: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::a' }] }),
    );
    await enrichment.rollUp();
    const catalogue = await keepCatalogue(enrichment.database.reader, (rows) => ({
      ...matrixCatalogue(rows),
      version: rows.release.version,
    })).latest();

    const matrix = attackMatrix(await evidence(), catalogue);

    const told = enrichment
      .findings('tactic')
      .map(({ Title, ProductFields }) => [Title.slice(0, 6), Number(ProductFields['mitre/count/pairs'])]);
    assert.ok(told.length > 0);
    assert.deepEqual(
      Object.fromEntries(told),
      Object.fromEntries(matrix.columns.flatMap(({ tactic, pairs }) => (pairs > 0 ? [[tactic.id, pairs]] : []))),
    );
  });

  it('shows a finding of hostile text as text, in every view', async () => {
    await enrichment.deliver(
      configFinding({ Title: HOSTILE, Resources: [{ Type: 'Other', Id: `arn:aws:x:::${HOSTILE}` }] }),
    );
    const techniques = enrichment.openTechniques();

    const pages = await Promise.all([
      ...WIDGET_VIEWS.map((view) => ask({ view })),
      ...techniques.map((technique) => ask({ view: 'technique', technique })),
    ]);

    assert.ok(techniques.length > 0);
    assert.ok(pages.some((html) => html.includes('&lt;script&gt;')));
    for (const html of pages) {
      assert.doesNotMatch(html, NOT_TAKEN);
      assert.ok(!html.includes('{"a":1}</cwdb-action>'));
    }
  });

  it('believes that a rule protects only once its check has passed', async () => {
    const stateOf = async () => {
      const { checks } = await evidence();
      return checks.map(({ outcome }) => outcome);
    };
    const at = (UpdatedAt: string, said: object) => configFinding({ UpdatedAt, ...said });
    const states = [await stateOf()];

    await enrichment.deliver(at('2026-11-01T01:00:00Z', { Compliance: { Status: 'PASSED' } }));
    states.push(await stateOf());
    await enrichment.deliver(at('2026-11-01T02:00:00Z', { Compliance: { Status: 'NOT_AVAILABLE' } }));
    states.push(await stateOf());
    await enrichment.deliver(at('2026-11-01T03:00:00Z', { Compliance: { Status: 'PASSED' }, RecordState: 'ARCHIVED' }));
    states.push(await stateOf());

    assert.deepEqual(states, [[], ['passed'], ['unchecked'], []]);
  });

  it('takes what AWS Config says of a sensor for what it is, for three days', async () => {
    const now = enrichment.clock.now;
    const place = { accountId: '444455556666', region: 'eu-west-1' };
    await keepSensors(enrichment.database.reader, [{ ...place, provider: 'guardduty', isOn: true }], now);
    await keepSensors(enrichment.database.reader, [{ ...place, provider: 'guardduty', isOn: false }], now);

    const { sensors } = await evidence();
    enrichment.clock.now = new Date(now.getTime() + 4 * 86_400_000);
    const later = await evidence();

    assert.deepEqual(sensors, [{ ...place, provider: 'guardduty', isOn: false }]);
    assert.deepEqual(later.sensors, []);
  });

  it('says which parameter it does not take', async () => {
    const html = await ask({ view: 'technique', technique: HOSTILE });

    assert.match(html, /^<p>Not a value that the widget takes: technique\./);
    assert.doesNotMatch(html, NOT_TAKEN);
  });

  it('stays within what it may be long, whatever is open', async () => {
    for (const view of WIDGET_VIEWS) assert.ok(Buffer.byteLength(await ask({ view })) <= MAX_WIDGET_BYTES, view);
  });
});
