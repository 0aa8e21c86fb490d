import assert from 'node:assert/strict';
import { readEvent, readFinding } from '../../../lambda/core/finding-message.ts';
import { configFinding, findingEvent } from '../../support/source-findings.ts';

const outcomes = (value: unknown) =>
  readEvent(value).map((read) => (read.outcome === 'ignored' ? read.reason : read.outcome));

describe('readEvent', () => {
  it('reads every finding of an event, the second one too', () => {
    const event = findingEvent(configFinding());

    const both = { ...event, detail: { findings: [configFinding({ Id: 'first' }), configFinding({ Id: 'second' })] } };

    assert.deepEqual(outcomes(both), ['event', 'event']);
  });

  it('rejects a bad finding and still reads the good one beside it', () => {
    const event = { ...findingEvent(null), detail: { findings: [configFinding({ Id: '' }), configFinding()] } };

    assert.deepEqual(outcomes(event), ['rejected', 'event']);
  });

  it('takes the time of the envelope for the order of events', () => {
    const [read] = readEvent(findingEvent(configFinding(), '2026-11-01T10:00:05Z'));

    assert.ok(read?.outcome === 'event' && read.event.eventAt === 1793527205000000000n);
  });

  it('ignores our own findings coming back, even damaged ones', () => {
    assert.deepEqual(outcomes(findingEvent({ GeneratorId: 'virtual-soc/technique/T1110' })), ['own-finding']);
  });

  it('ignores our own findings coming back from the new Security Hub, which names no GeneratorId', () => {
    const own = { class_uid: 2004, finding_info: { uid: `virtual-soc/technique/v1/T1110/${'a'.repeat(64)}` } };
    const event = { ...findingEvent(own), 'detail-type': 'Findings Imported V2' };

    assert.deepEqual(outcomes(event), ['own-finding']);
  });

  it('does not ignore findings of others under the same default product', () => {
    const custom = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default',
      GeneratorId: 'in-house',
    });

    assert.deepEqual(outcomes(findingEvent(custom)), ['event']);
  });

  it('ignores events that repeat findings or carry none', () => {
    for (const type of ['Security Hub Findings - Custom Action', 'Security Hub Insight Results', 'Something Else']) {
      assert.deepEqual(outcomes({ ...findingEvent(configFinding()), 'detail-type': type }), ['other-event']);
    }
  });

  it('rejects what is no event', () => {
    for (const value of [
      undefined,
      null,
      'text',
      {},
      { 'detail-type': 'Security Hub Findings - Imported' },
      findingEvent(undefined),
    ]) {
      assert.deepEqual(outcomes(value), ['rejected']);
    }
    assert.deepEqual(outcomes({ ...findingEvent(null), detail: {} }), ['rejected']);
  });
});

describe('readFinding', () => {
  it('reads a finding without an envelope', () => {
    const read = readFinding(configFinding());

    assert.ok(read.outcome === 'event' && read.event.eventAt === 0n);
  });
});
