import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { resourcesOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from '../portfolio/synthesis.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';
import { matches } from './event-pattern.ts';
import { patternOf, property } from './template-property.ts';

const FIXTURES = 'test/fixtures/findings';

const HUB_PRODUCT = 'arn:aws:securityhub:eu-west-1:444455556666:product/444455556666/default';
const ownFinding = { Id: 'virtual-soc/technique/v1/T1040/0', ProductArn: HUB_PRODUCT };
const findingOfAnOwner = configFinding({
  ...ownFinding,
  GeneratorId: 'virtual-soc/technique/T1040',
  ProductArn: 'arn:aws:securityhub:us-east-1:777788889999:product/777788889999/default',
});

/** Rule that tells people of remediation. */
const TOLD = 'AlarmsRemediationTold34B38386';

describe('the intake of findings', () => {
  let template: Template;
  let findings: Record<string, unknown>;
  let v2Findings: Record<string, unknown>;
  let ownFindings: Record<string, unknown>;
  let ownFindingsAnywhere: Record<string, unknown>;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
    findings = patternOf(template, 'FindingIntakeFindingsRule');
    v2Findings = patternOf(template, 'FindingIntakeFindingsRule', 'FindingsAreV2');
    ownFindings = patternOf(template, 'FindingIntakeOwnFindingsRule');
    ownFindingsAnywhere = patternOf(template, 'FindingIntakeOwnFindingsRule', 'PublishToOwner');
  });

  it('takes the findings of every provider that there is a sample of', () => {
    const events = samples()
      .filter(({ GeneratorId }) => typeof GeneratorId === 'string' && !GeneratorId.startsWith('virtual-soc/'))
      .map((finding) => findingEvent(finding));

    assert.ok(events.length > 10);
    assert.ok(events.every((event) => matches(findings, event)));
  });

  it('refuses our own findings', () => {
    for (const GeneratorId of ['virtual-soc/technique/T1040', 'virtual-soc/tactic/TA0006']) {
      assert.ok(!matches(findings, findingEvent(configFinding({ ...ownFinding, GeneratorId }))));
    }
  });

  it("takes customers' own findings, which are imported under the same product as ours", () => {
    const theirs = configFinding({ GeneratorId: 'our-scanner', ProductArn: HUB_PRODUCT });

    assert.ok(matches(findings, findingEvent(theirs)));
  });

  it('takes the findings of the new Security Hub where they are chosen', () => {
    const events = samples()
      .filter(({ class_uid }) => class_uid !== undefined)
      .map(v2Event);

    assert.ok(events.length > 5);
    assert.ok(events.every((event) => matches(v2Findings, event)));
  });

  it('refuses our own findings as the new Security Hub passes them on', () => {
    assert.ok(!matches(v2Findings, v2Event({ class_uid: 2004, finding_info: { uid: ownFinding.Id } })));
  });

  it('never takes the findings of both', () => {
    const [ocsf] = samples().filter(({ class_uid }) => class_uid !== undefined);

    assert.ok(!matches(findings, v2Event(ocsf ?? {})));
    assert.ok(!matches(v2Findings, findingEvent(configFinding())));
  });

  it('refuses other events of Security Hub', () => {
    assert.ok(
      !matches(findings, {
        ...findingEvent(configFinding()),
        'detail-type': 'Security Hub Findings - Custom Action',
      }),
    );
  });

  it('brings our own findings, and no others, to the queue of workflow changes', () => {
    const GeneratorId = 'virtual-soc/technique/T1040';

    assert.ok(matches(ownFindings, findingEvent(configFinding({ ...ownFinding, GeneratorId }))));
    assert.ok(!matches(ownFindings, findingEvent(configFinding({ ProductArn: HUB_PRODUCT }))));
  });

  it('does not believe findings of other products that look like ours', () => {
    assert.ok(!matches(ownFindings, findingEvent(findingOfAnOwner)));
  });

  it("brings our own findings of owners' accounts too where they are written there, and still no others", () => {
    const others = configFinding({ ProductArn: findingOfAnOwner['ProductArn'] });

    assert.ok(matches(ownFindingsAnywhere, findingEvent(findingOfAnOwner)));
    assert.ok(!matches(ownFindingsAnywhere, findingEvent(others)));
  });

  it("brings the hub's own findings in either case", () => {
    const event = findingEvent(configFinding({ ...ownFinding, GeneratorId: 'virtual-soc/tactic/TA0006' }));

    assert.ok(matches(ownFindings, event));
    assert.ok(matches(ownFindingsAnywhere, event));
  });

  it("refuses our own findings of owners' accounts as findings to be enriched", () => {
    assert.ok(!matches(findings, findingEvent(findingOfAnOwner)));
  });

  it('encrypts every queue with the key of the product', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) {
      assert.deepEqual(Properties['KmsMasterKeyId'], { 'Fn::GetAtt': ['CustomerKey844A1305', 'Arn'] }, id);
    }
  });

  it('keeps what cannot be worked on, or not be delivered, in a dead-letter queue', () => {
    const queues = resourcesOf(template, 'AWS::SQS::Queue').filter(([, { Properties }]) => Properties['RedrivePolicy']);
    // What remediation tells people is in the database and on the finding besides.
    const rules = resourcesOf(template, 'AWS::Events::Rule').filter(
      ([id, { Properties }]) => Properties['EventPattern'] && id !== TOLD,
    );

    assert.equal(queues.length, 7);
    for (const [id, { Properties }] of rules) {
      const [target] = Properties['Targets'] as { DeadLetterConfig?: unknown }[];
      assert.ok(target?.DeadLetterConfig, id);
    }
  });

  it('gives a message six times the time of its function, and the window', () => {
    const [[, mapping] = []] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
    const window = mapping?.Properties['MaximumBatchingWindowInSeconds'] as number;
    const timeouts = ['EnrichFindingFunction', 'WorkflowChangeFunction'].map(
      (id) => property(template, 'AWS::Lambda::Function', id, 'Timeout') as number,
    );
    const visibility = ['FindingIntakeFindingsQueue', 'FindingIntakeOwnFindingsQueue'].map(
      (id) => property(template, 'AWS::SQS::Queue', id, 'VisibilityTimeout') as number,
    );

    timeouts.forEach((timeout, index) => assert.ok((visibility[index] ?? 0) >= 6 * timeout + window));
  });

  it('limits how many batches are worked on at one time, and fails messages one by one', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::EventSourceMapping')) {
      const { MaximumConcurrency } = Properties['ScalingConfig'] as { MaximumConcurrency: unknown };
      assert.ok(MaximumConcurrency, id);
      assert.deepEqual(Properties['FunctionResponseTypes'], ['ReportBatchItemFailures'], id);
    }
  });
});

function samples(): Record<string, unknown>[] {
  return readdirSync(FIXTURES).map(
    (file) => JSON.parse(readFileSync(path.join(FIXTURES, file), 'utf8')) as Record<string, unknown>,
  );
}

function v2Event(finding: Record<string, unknown>): Record<string, unknown> {
  return { ...findingEvent(finding), 'detail-type': 'Findings Imported V2' };
}
