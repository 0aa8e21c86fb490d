import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FindingRecord, StoredFinding } from '../../../local/security-hub/finding.ts';
import { readStore, writeStore, type HubState } from '../../../local/security-hub/store-file.ts';
import { ACCOUNT, customFinding, REGION } from './hub-fixture.ts';

const UPDATED_AT = '2025-03-01T10:00:00.000Z';
const PROCESSED_AT = '2025-03-01T12:00:00.000Z';

function record(id: string): FindingRecord {
  const finding = { ...customFinding({ Id: id, Title: 'Ñandú 🔐\n' }), ProcessedAt: PROCESSED_AT } as StoredFinding;
  return {
    finding,
    updatedAt: Date.parse(UPDATED_AT),
    processedAt: Date.parse(PROCESSED_AT),
    customerSet: ['Severity'],
  };
}

function state(records: readonly FindingRecord[]): HubState {
  return { account: ACCOUNT, region: REGION, enabled: true, subscribedAt: UPDATED_AT, records };
}

describe('store file', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'virtual-soc-hub-'));
    path = join(folder, 'deep', 'hub.ndjson');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('reads back what was written', async () => {
    const written = state([record('a'), record('b')]);

    await writeStore(path, written);
    const read = await readStore(path);

    assert.deepEqual(read, written);
  });

  it('writes more than fits into one write', async () => {
    const written = state(Array.from({ length: 3000 }, (_, index) => record(`finding-${index}`)));

    await writeStore(path, written);

    assert.equal((await readStore(path))?.records.length, 3000);
  });

  it('leaves nothing but the store behind', async () => {
    await writeStore(path, state([]));
    await writeStore(path, state([record('a')]));

    assert.deepEqual(await readdir(join(folder, 'deep')), ['hub.ndjson']);
  });

  it('is no store when there is no file', async () => {
    assert.equal(await readStore(path), undefined);
  });

  it('says which line is damaged', async () => {
    await writeStore(path, state([record('a'), record('b')]));
    const content = await readFile(path, 'utf8');
    const lines = content.split('\n');
    const damaged: readonly (readonly [string, RegExp])[] = [
      ['', /hub\.ndjson is damaged \(line 0: it is not the store of a local Security Hub\)\. Restore it, or delete it/],
      ['{"Findings":[]}\n', /line 1: it is not the store of a local Security Hub/],
      [content.replace('"version":1', '"version":9'), /line 1: it has format version 9, not 1/],
      [content.slice(0, -20), /line 3: /],
      [`${lines[0]}\n${lines[1]}\n`, /line 2: it has 1 findings, not 2/],
      [`${lines[0]}\n${lines[1]}\n{}\n`, /line 3: it is not a finding/],
    ];

    for (const [text, message] of damaged) {
      await writeFile(path, text);
      await assert.rejects(readStore(path), message);
    }
  });
});
