/**
 * Reads what people really have: findings as the AWS CLI prints them, an array of findings, one JSON document a line, or
 * EventBridge events in any of these wrappings.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isEvent } from '../lambda/core/finding-message.ts';
import { isOcsfFinding } from '../lambda/core/ocsf-finding.ts';

/** One finding or event of the input. */
export interface InputItem {
  /** Where it stands, for people: `line 12`, `finding 3`, `line 12, finding 3`. */
  readonly position: string;
  /** The EventBridge event that carries it, as JSON: what the queue would hold. */
  readonly body: string;
  /** The finding's own words on who owns it and when it changed, where it has any; for defaults only. */
  readonly hints: { readonly accountId?: string; readonly region?: string; readonly updatedAt?: string };
}

/** The file cannot be read at all. The message says which and why. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

/** Reads a file, or standard input for `-`. Throws {@link UnreadableInput}. */
export async function readInput(file: string): Promise<InputItem[]> {
  let content: string;
  try {
    content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UnreadableInput(`${file}: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
  const name = file === '-' ? 'standard input' : file;
  const items = parseInput(content.replace(/^\ufeff/, ''), name);
  if (items.length === 0) throw new UnreadableInput(`${name}: there is no finding in it`);
  return items;
}

/** Splits the text into items; `name` is for messages. Throws {@link UnreadableInput}. */
export function parseInput(content: string, name: string): InputItem[] {
  if (content.trim() === '') return [];
  const whole = parse(content);
  if ('value' in whole) return itemsOf(whole.value, '');

  const lines = content.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const documents = lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => ({ number, line, ...parse(line) }));
  // A broken document of several lines is no NDJSON: naming each of its lines would bury what is wrong with it.
  if (!documents.some((document) => 'value' in document && isObject(document.value))) {
    throw new UnreadableInput(`${name}: is neither JSON nor one JSON document a line (${whole.problem})`);
  }
  return documents.flatMap((document) =>
    'value' in document
      ? itemsOf(document.value, `line ${document.number}`)
      : [{ position: `line ${document.number}`, body: document.line, hints: {} }],
  );
}

function parse(content: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(content) };
  } catch (error) {
    // V8 quotes the text around the mistake, which may be a finding's.
    return {
      problem: /at position \d+(?: \(line \d+ column \d+\))?/.exec((error as Error).message)?.[0] ?? 'not JSON',
    };
  }
}

function itemsOf(value: unknown, place: string): InputItem[] {
  const list = Array.isArray(value) ? value : isObject(value) ? value['Findings'] : undefined;
  if (!Array.isArray(list)) return [itemOf(value, place || 'finding 1')];
  return list.map((element: unknown, index) =>
    itemOf(element, [place, `finding ${index + 1}`].filter(Boolean).join(', ')),
  );
}

function itemOf(value: unknown, position: string): InputItem {
  if (isEvent(value)) {
    const { account, region } = value as { account?: unknown; region?: unknown };
    const findings = (value.detail as { findings?: unknown[] } | null)?.findings;
    return {
      position,
      body: JSON.stringify(value),
      hints: hintsOf(Array.isArray(findings) ? findings[0] : undefined, account, region),
    };
  }
  const type = isOcsfFinding(value) ? 'Findings Imported V2' : 'Security Hub Findings - Imported';
  const event = { source: 'aws.securityhub', 'detail-type': type, detail: { findings: [value] } };
  return { position, body: JSON.stringify(event), hints: hintsOf(value) };
}

function hintsOf(finding: unknown, account?: unknown, region?: unknown): InputItem['hints'] {
  const asff = isObject(finding) ? finding : {};
  const ocsf = asff as {
    cloud?: { account?: { uid?: unknown }; region?: unknown };
    finding_info?: { modified_time?: unknown };
  };
  const modified = ocsf.finding_info?.modified_time;
  return {
    ...textHint('accountId', account ?? asff['AwsAccountId'] ?? ocsf.cloud?.account?.uid),
    ...textHint('region', region ?? asff['Region'] ?? ocsf.cloud?.region),
    ...textHint('updatedAt', typeof modified === 'number' ? isoOf(modified) : asff['UpdatedAt']),
  };
}

function isoOf(milliseconds: number): string | undefined {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : undefined;
}

function textHint(name: string, value: unknown): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
