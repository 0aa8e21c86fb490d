import assert from 'node:assert/strict';
import { WIDGET_VIEWS } from '../../lambda/matrix/matrix-widget.ts';
import { resourcesOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from '../portfolio/synthesis.ts';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title: string;
    readonly endpoint?: string;
    readonly params?: { readonly view: string };
    readonly metrics?: unknown;
  };
}

describe('the dashboard of the product', () => {
  let template: Template;
  let widgets: readonly Widget[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
    const [[, dashboard] = []] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
    const { 'Fn::Join': join } = dashboard?.Properties['DashboardBody'] as { 'Fn::Join': [string, unknown[]] };
    const body = join[1].map((part) => (typeof part === 'string' ? part : referenceOf(part))).join('');
    ({ widgets } = JSON.parse(body) as { widgets: readonly Widget[] });
  });

  it('asks the function that renders the matrix, for views that it has', () => {
    const custom = widgets.filter(({ type }) => type === 'custom');

    assert.ok(custom.length > 0);
    for (const { properties } of custom) {
      assert.match(properties.endpoint ?? '', /^AttackMatrixFunction/);
      assert.ok(WIDGET_VIEWS.includes(properties.params?.view as (typeof WIDGET_VIEWS)[number]), properties.title);
    }
  });

  it('draws what the functions count, by severity and by tactic', () => {
    const drawn = widgets.filter(({ type }) => type === 'metric').map(({ properties }) => JSON.stringify(properties));

    assert.equal(drawn.filter((metrics) => metrics.includes('OpenTechniques')).length, 2);
    assert.ok(drawn.some((metrics) => metrics.includes('SEARCH') && metrics.includes('VirtualSOC,service,tactic')));
  });

  it('shows what waits, and what failed', () => {
    const health = JSON.stringify(widgets);

    for (const metric of ['ApproximateAgeOfOldestMessage', 'ApproximateNumberOfMessagesVisible', 'ImportsFailed']) {
      assert.ok(health.includes(metric), metric);
    }
  });

  it('shows what remediation has done, over all its functions', () => {
    const [{ properties } = { properties: undefined }] = widgets.filter(
      ({ properties: { title } }) => title === 'Remediation a day',
    );
    const metrics = properties?.metrics as [namespace: string, metric: string, dimension: string, value: string][];

    assert.deepEqual(
      metrics.map(([, metric]) => metric),
      [
        'RemediationsApplied',
        'RemediationsRequested',
        'RemediationsFailed',
        'RemediationsStopped',
        'RemediationAlerts',
      ],
    );
    for (const [, , dimension, value] of metrics) assert.deepEqual([dimension, value], ['service', 'remediate']);
  });
});

describe('the insights of the product', () => {
  it('are about open technique findings of ours only', function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    const insights = resourcesOf(synthesis().product, 'AWS::SecurityHub::Insight');

    assert.equal(insights.length, 5);
    for (const [id, { Properties }] of insights) {
      const { GeneratorId, RecordState } = Properties['Filters'] as Record<string, unknown>;
      assert.deepEqual(GeneratorId, [{ Comparison: 'PREFIX', Value: 'virtual-soc/technique/' }], id);
      assert.deepEqual(RecordState, [{ Comparison: 'EQUALS', Value: 'ACTIVE' }], id);
    }
  });
});

/** What a part of the body refers to, by its logical id. */
function referenceOf(part: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return Ref ?? attribute?.[0] ?? '';
}
