import assert from 'node:assert/strict';
import { UnreadableInput, parseInput } from '../../local/input-file.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

const finding = configFinding();
const event = findingEvent(finding);
const read = (content: string) => parseInput(content, 'the file');
const carried = (content: string) => read(content).map(({ body }) => (JSON.parse(body) as typeof event).detail);

describe('parseInput', () => {
  for (const [form, content] of Object.entries({
    'an array of findings': JSON.stringify([finding, finding], undefined, 2),
    'what the AWS CLI prints': JSON.stringify({ Findings: [finding, finding] }, undefined, 4),
    'one finding a line': `${JSON.stringify(finding)}\n\n${JSON.stringify(finding)}\r\n`,
    'one event a line': `${JSON.stringify(event)}\n${JSON.stringify(event)}\n`,
    'an array of events': JSON.stringify([event, event]),
  })) {
    it(`reads ${form}`, () => {
      assert.deepEqual(carried(content), [{ findings: [finding] }, { findings: [finding] }]);
    });
  }

  it('reads one finding and one event alone', () => {
    assert.deepEqual(carried(JSON.stringify(finding)), [{ findings: [finding] }]);
    assert.deepEqual(carried(JSON.stringify(event)), [{ findings: [finding] }]);
  });

  it('takes OCSF for OCSF', () => {
    const [item] = read(JSON.stringify([{ class_uid: 2004 }]));

    assert.match(item?.body ?? '', /"detail-type":"Findings Imported V2"/);
  });

  it('says where each item stands', () => {
    const positions = (content: string) => read(content).map(({ position }) => position);

    assert.deepEqual(positions(JSON.stringify([finding, finding])), ['finding 1', 'finding 2']);
    assert.deepEqual(positions(`\n${JSON.stringify(finding)}\nnot JSON\n`), ['line 2', 'line 3']);
    assert.deepEqual(positions(`${JSON.stringify({ Findings: [finding, finding] })}\n{}`), [
      'line 1, finding 1',
      'line 1, finding 2',
      'line 2',
    ]);
  });

  it('passes a line on that is no JSON, so that it is rejected by its place', () => {
    assert.equal(read(`${JSON.stringify(finding)}\nnot JSON`)[1]?.body, 'not JSON');
  });

  it('refuses a document that is broken in the middle, once, without quoting it', () => {
    const broken = JSON.stringify({ Findings: [finding] }, undefined, 2).slice(0, -20);

    assert.throws(
      () => read(broken),
      (error: Error) =>
        error instanceof UnreadableInput && /neither JSON nor/.test(error.message) && !error.message.includes('arn:'),
    );
  });

  it('finds nothing in an empty file', () => {
    assert.deepEqual(read(' \n'), []);
  });
});
