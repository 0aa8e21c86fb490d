/** The file that a local Security Hub keeps its findings in: one JSON object a line, a header first. */

import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findingKey, SHARED_ATTRIBUTES, type FindingRecord, type StoredFinding } from './finding.ts';
import { parseTimestamp } from './timestamp.ts';

/** All that a hub remembers. */
export interface HubState {
  readonly account: string;
  readonly region: string;
  readonly enabled: boolean;
  /** When Security Hub was enabled, ISO 8601. */
  readonly subscribedAt: string;
  readonly records: readonly FindingRecord[];
}

const FORMAT = 'virtual-soc local security hub';
const VERSION = 1;
const LINE_FEED = 10;
const WRITE_AT = 1024 * 1024;

/**
 * Writes a store so that a crash leaves either the old file or the new one.
 *
 * @throws the error of the file system when the file cannot be written
 */
export async function writeStore(path: string, state: HubState): Promise<void> {
  const { records, ...header } = state;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      let pending = line({ format: FORMAT, version: VERSION, ...header, findings: records.length });
      for (const { finding, customerSet } of records) {
        pending += line({ finding, customerSet });
        if (pending.length < WRITE_AT) continue;
        await file.writeFile(pending);
        pending = '';
      }
      await file.writeFile(pending);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a store.
 *
 * @returns `undefined` when there is no such file
 * @throws Error naming the file and the line when it is damaged
 */
export async function readStore(path: string): Promise<HubState | undefined> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let lineNumber = 0;
  try {
    const lines = parsedLines(content, () => (lineNumber += 1));
    const { findings: expected, ...header } = readHeader(lines.next().value);
    const records: FindingRecord[] = [];
    for (const parsed of lines) records.push(readRecord(parsed));
    if (records.length !== expected) throw new Error(`it has ${records.length} findings, not ${String(expected)}`);
    return { ...header, records };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `The Security Hub store ${path} is damaged (line ${lineNumber}: ${problem}). Restore it, or delete it to start empty.`,
      { cause },
    );
  }
}

function* parsedLines(content: Buffer, count: () => void): Generator<unknown, undefined> {
  // Line by line from the bytes: the whole store may be longer than the longest string.
  for (let start = 0; start < content.length;) {
    const found = content.indexOf(LINE_FEED, start);
    const end = found === -1 ? content.length : found;
    count();
    yield JSON.parse(content.toString('utf8', start, end));
    start = end + 1;
  }
  return undefined;
}

function readHeader(value: unknown): Omit<HubState, 'records'> & { readonly findings: number } {
  const header = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { format, version, account, region, enabled, subscribedAt, findings } = header;
  if (format !== FORMAT) throw new Error('it is not the store of a local Security Hub');
  if (version !== VERSION) throw new Error(`it has format version ${String(version)}, not ${VERSION}`);
  const isComplete =
    typeof account === 'string' &&
    typeof region === 'string' &&
    typeof enabled === 'boolean' &&
    typeof subscribedAt === 'string' &&
    typeof findings === 'number';
  if (!isComplete) throw new Error('its header is incomplete');
  return { account, region, enabled, subscribedAt, findings };
}

function readRecord(value: unknown): FindingRecord {
  const { finding, customerSet } = (value ?? {}) as { finding?: StoredFinding; customerSet?: readonly string[] };
  const updatedAt = parseTimestamp(String(finding?.UpdatedAt));
  const processedAt = parseTimestamp(String(finding?.ProcessedAt));
  const isComplete =
    typeof finding?.Id === 'string' && typeof finding.ProductArn === 'string' && Array.isArray(customerSet);
  if (!isComplete || updatedAt === undefined || processedAt === undefined) throw new Error('it is not a finding');
  return {
    finding,
    updatedAt,
    processedAt,
    customerSet: SHARED_ATTRIBUTES.filter((name) => customerSet.includes(name)),
  };
}

/** The key of a record among all that a hub has. */
export function recordKey({ finding }: FindingRecord): string {
  return findingKey(finding.ProductArn, finding.Id);
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
