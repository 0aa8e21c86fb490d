import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UnreadableInput, parseInput, readInput } from '../../local/input-file.ts';
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
    'one array a line': `${JSON.stringify([finding])}\n${JSON.stringify([event])}\n`,
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

  it('rejects an item by its place that is nested too deeply to be passed on', () => {
    const deep = `{"Id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

    const items = read(`[${JSON.stringify(finding)},${deep},${JSON.stringify(finding)}]`);

    assert.deepEqual(
      items.map(({ position, problem }) => [position, problem]),
      [
        ['finding 1', undefined],
        ['finding 2', 'the finding cannot be processed: it is nested too deeply'],
        ['finding 3', undefined],
      ],
    );
  });

  it('takes a list without findings for an answer, and an empty file for a mistake', () => {
    for (const content of ['[]', '{"Findings":[]}', '{"Findings":[]}\n{"Findings":[]}\n'])
      assert.deepEqual(read(content), []);
    for (const content of ['', ' \n']) assert.throws(() => read(content), UnreadableInput);
  });
});

describe('readInput', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'vsoc-input-'));
  });

  after(() => rm(directory, { recursive: true }));

  const content = JSON.stringify({ Findings: [{ ...finding, Title: 'Señal 危' }] });
  for (const [form, bytes] of Object.entries({
    'UTF-8 with a byte order mark': Buffer.from(`\ufeff${content}`),
    'UTF-16, little-endian, as PowerShell redirects': Buffer.from(`\ufeff${content}\r\n`, 'utf16le'),
    'UTF-16, big-endian': Buffer.from(`\ufeff${content}`, 'utf16le').swap16(),
  })) {
    it(`reads ${form}`, async () => {
      const file = path.join(directory, 'findings.json');
      await writeFile(file, bytes);

      const [item] = await readInput(file);

      assert.match(item?.body ?? '', /"Title":"Señal 危"/);
    });
  }

  it('says in one line why a file cannot be read', async () => {
    await assert.rejects(readInput(directory), new UnreadableInput(`${directory}: it is a directory`));
    await assert.rejects(
      readInput(path.join(directory, 'absent')),
      new UnreadableInput(`${path.join(directory, 'absent')}: there is no such file or directory`),
    );
  });
});
