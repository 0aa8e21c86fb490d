/**
 * Reads what people really have: findings as the AWS CLI prints them, an array of findings, one JSON document a line, or
 * EventBridge events in any of these wrappings.
 */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { isEvent } from '../lambda/core/finding-message.ts';
import { isOcsfFinding } from '../lambda/core/ocsf-finding.ts';
import { isAccountId, isRegion } from './aws-names.ts';
import { BadUsage } from './bad-usage.ts';
import { describeFileProblem } from './file-problem.ts';

/** One finding or event of the input. */
export interface InputItem {
  /** Where it stands, for people: `line 12`, `finding 3`, `line 12, finding 3`. */
  readonly position: string;
  /** The EventBridge event that carries it, as JSON: what the queue would hold. Empty where there is a problem. */
  readonly body: string;
  /** Why it cannot be put on the queue at all. */
  readonly problem?: string;
  /** The finding's own words on who owns it, where they can be true; for defaults only. */
  readonly hints: { readonly accountId?: string; readonly region?: string };
}

/** The file cannot be read at all. The message says which and why. */
export class UnreadableInput extends BadUsage {
  override readonly name = 'UnreadableInput';
}

/** Reads a file, or standard input for `-`. Throws {@link UnreadableInput}. */
export async function readInput(file: string): Promise<InputItem[]> {
  const name = file === '-' ? 'standard input' : file;
  let content: string;
  try {
    content = decode(file === '-' ? await buffer(process.stdin) : await readFile(file));
  } catch (error) {
    throw new UnreadableInput(`${name}: ${describeFileProblem(error)}`, { cause: error });
  }
  return parseInput(content, name);
}

/** UTF-8, unless a byte order mark says UTF-16, which is what PowerShell writes for `>`. The mark is left out. */
function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString('utf16le', 2);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

/**
 * Splits the text into items; a list without findings has none. `name` is for messages. Throws {@link UnreadableInput}.
 */
export function parseInput(content: string, name: string): InputItem[] {
  if (content.trim() === '') throw new UnreadableInput(`${name}: it is empty`);
  const whole = parse(content);
  if ('value' in whole) return itemsOf(whole.value, '');

  const lines = content.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const documents = lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => ({ number, line, ...parse(line) }));
  // A broken document of several lines is no NDJSON: naming each of its lines would bury what is wrong with it.
  if (!documents.some((document) => 'value' in document && isObjectOrArray(document.value))) {
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
  if (isDeeperThan(value, DEEPEST)) {
    return { position, body: '', problem: 'the finding cannot be processed: it is nested too deeply', hints: {} };
  }
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

/** Levels of an item. Findings have about ten; what has some thousands parses, and overflows the stack when written. */
const DEEPEST = 1000;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

/** The envelope's word counts first: it names the hub, a finding only its owner. */
function hintsOf(finding: unknown, account?: unknown, region?: unknown): InputItem['hints'] {
  const { AwsAccountId, Region, cloud } = (isObjectOrArray(finding) ? finding : {}) as {
    AwsAccountId?: unknown;
    Region?: unknown;
    cloud?: { account?: { uid?: unknown } | null; region?: unknown } | null;
  };
  const accountId = [account, AwsAccountId, cloud?.account?.uid].find(isAccountId);
  const regionCode = [region, Region, cloud?.region].find(isRegion);
  return { ...(accountId ? { accountId } : {}), ...(regionCode ? { region: regionCode } : {}) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return isObjectOrArray(value) && !Array.isArray(value);
}

function isObjectOrArray(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
