/** A status on the terminal. Plain text without colours, so that it can be copied into a ticket. */
import Table from 'cli-table3';
import { plainText } from '../plain-text.ts';
import { counted, groupAccounts, shortened } from './place-groups.ts';
import {
  INSTANCE_STATES,
  type InstanceState,
  isGoodStack,
  type PlaceStatus,
  type RolloutStatus,
  type StackSetStatus,
} from './status.ts';

/** Groups of accounts that are shown of each kind; JSON has all. */
const SHOWN_GROUPS = 20;
/** Accounts that a group names, and reasons as AWS words them. */
const SHOWN_ACCOUNTS = 3;

/** Where the check is told that finds out whether results of packs reach Security Hub. */
const CHECK = 'docs/rollout.md';

/** The whole report, with a line end. */
export function statusReport(status: RolloutStatus): string {
  return [
    ...summaryLines(status),
    '',
    stackSetTable(status),
    ...driftLines(status),
    '',
    ...placeLines(status),
    ...failureLines(status),
    ...retryLines(status),
    ...managementLines(status),
    ...packLines(status),
    ...findingLines(status),
    '',
    'Nothing was changed.',
    '',
  ].join('\n');
}

/** As JSON has it: everything. */
export function statusDocument({ organization, ...status }: RolloutStatus): object {
  return { organization: { id: organization }, ...status };
}

function table(head: readonly string[], rightAligned: readonly string[] = []): Table.Table {
  const colAligns = head.map((title) => (rightAligned.includes(title) ? ('right' as const) : ('left' as const)));
  return new Table({ head: [...head], colAligns, style: { head: [], border: [] } });
}

function summaryLines({ organization, healthy, problems, places }: RolloutStatus): string[] {
  const counts = countOf(places);
  return [
    `Roll-out in organisation ${organization}: ${healthy ? 'healthy' : 'needs a look'}. ` +
      `${counts('current')} of ${counted(places.length, 'stack instance')} current, ${counts('running')} under way.`,
    ...problems.map((problem) => `  ${problem}`),
  ];
}

function countOf(places: readonly PlaceStatus[]): (state: InstanceState) => string {
  return (state) => places.filter((place) => place.state === state).length.toLocaleString('en');
}

function stackSetTable({ stackSets }: RolloutStatus): string {
  const shown = INSTANCE_STATES.filter(
    (state) => state === 'current' || stackSets.some(({ counts }) => counts[state] > 0),
  );
  const rows = table(['Stack set', 'Last operation', ...shown, 'Elsewhere'], [...shown, 'Elsewhere']);
  for (const { name, exists, reason, lastOperation, underWay, counts, strays } of stackSets) {
    const operation =
      exists === true
        ? lastOperation === undefined
          ? 'none'
          : `${lastOperation.action} ${lastOperation.status}${lastOperation.startedAt === undefined ? '' : `\n${lastOperation.startedAt}`}${underWay > 1 ? `\n${underWay} under way` : ''}`
        : exists === false
          ? 'it does not exist'
          : wrapped(`could not be read: ${plainText(reason ?? '')}`, 40);
    rows.push([name, operation, ...shown.map((state) => counts[state]), strays.length]);
  }
  return rows.toString();
}

function driftLines({ stackSets }: RolloutStatus): string[] {
  return stackSets
    .filter((stackSet): stackSet is StackSetStatus & { state: object } => stackSet.state !== undefined)
    .map(({ name, state: { drift } }) =>
      drift.checkedAt === undefined
        ? `${name}: drift was never looked for ("aws cloudformation detect-stack-set-drift" does).`
        : `${name}: drift ${drift.status}, ${counted(drift.drifted, 'stack instance')}, as of ${drift.checkedAt}.`,
    );
}

/** Everything that is not as it should be, by account. */
function placeLines({ places, stackSets }: RolloutStatus): string[] {
  const known = new Set(stackSets.filter(({ exists }) => exists === true).map(({ name }) => name));
  const odd = places.filter(
    ({ state, stackSet, drifted }) => known.has(stackSet) && (state !== 'current' || drifted === true),
  );
  if (odd.length === 0) return [];
  const rows = table(['Accounts', 'Which', 'Stack set', 'Regions', 'State', 'Why'], ['Accounts']);
  let hidden = 0;
  for (const name of known) {
    const groups = groupAccounts(
      odd.filter(({ stackSet }) => stackSet === name),
      ({ state, cause, drifted }) => JSON.stringify([state, cause?.code, drifted]),
    );
    for (const { accounts, parts } of groups.slice(0, SHOWN_GROUPS)) {
      parts.forEach(({ regions, said }, index) =>
        rows.push([
          index === 0 ? accounts.length : '',
          index === 0 ? shortened(accounts, SHOWN_ACCOUNTS).replaceAll(', ', '\n') : '',
          index === 0 ? name : '',
          regions.join('\n'),
          `${said.state}${said.drifted === true ? ', drifted' : ''}`,
          wrapped(said.cause?.what ?? '', 40),
        ]),
      );
    }
    hidden += groups.slice(SHOWN_GROUPS).reduce((sum, group) => sum + group.accounts.length, 0);
  }
  return [
    rows.toString(),
    ...(hidden > 0 ? [`And ${counted(hidden, 'account')} more: --json has all of them.`] : []),
    '',
  ];
}

/** Each cause once, the most frequent first, in the words of AWS and in ours. */
function failureLines({ places }: RolloutStatus): string[] {
  const failed = places.filter(({ cause }) => cause !== undefined);
  if (failed.length === 0) return [];
  const byCause = new Map<string, PlaceStatus[]>();
  for (const place of failed) {
    const code = place.cause?.code ?? '';
    byCause.set(code, [...(byCause.get(code) ?? []), place]);
  }
  const sorted = [...byCause.values()].sort((a, b) => b.length - a.length);
  return ['Why stacks failed, and what mends it:', ...sorted.flatMap(causeLines), ''];
}

function causeLines(places: readonly PlaceStatus[]): string[] {
  const cause = places[0]?.cause;
  if (cause === undefined) return [];
  const accounts = new Set(places.map(({ account }) => account)).size;
  const reasons = [...new Set(places.map(({ reason }) => plainText(reason ?? 'no reason given')))];
  const only = places.length === 1 ? places[0] : undefined;
  const command = cause.command
    ?.replace('ACCOUNT_ID', only?.account ?? 'ACCOUNT_ID')
    .replace('REGION', only?.region ?? 'REGION');
  return [
    `  ${cause.what.slice(0, 1).toUpperCase()}${cause.what.slice(1)} [${counted(accounts, 'account')}, ${counted(places.length, 'place')}]`,
    ...reasons.slice(0, SHOWN_ACCOUNTS).map((reason) => `    AWS: ${reason}`),
    ...(reasons.length > SHOWN_ACCOUNTS ? [`    and ${reasons.length - SHOWN_ACCOUNTS} other wordings`] : []),
    `    → ${cause.remedy}`,
    ...(command === undefined ? [] : [`      ${command}`]),
  ];
}

function retryLines({ retries }: RolloutStatus): string[] {
  if (retries.length === 0) return [];
  return [
    'To try again, once that is mended, with credentials of the governance account:',
    ...retries.flatMap(({ stackSet, places, command }) => [
      `  ${stackSet} [${counted(places, 'place')}]`,
      `    ${command}`,
    ]),
    '',
  ];
}

function managementLines({ managementStacks }: RolloutStatus): string[] {
  if (managementStacks.length === 0) return [];
  return [
    'Plain stacks of the management account:',
    ...managementStacks.map(({ name, region, stack }) => {
      const what = !stack.known
        ? `unknown: ${plainText(stack.reason)}`
        : stack.value === undefined
          ? 'missing: deploy it with "npx cdk deploy"'
          : `${stack.value.status}${isGoodStack(stack.value) ? '' : `: ${plainText(stack.value.reason ?? 'see its events')}`}`;
      return `  ${name} in ${region}: ${what}`;
    }),
    '',
  ];
}

function packLines({ packs }: RolloutStatus): string[] {
  if (!packs.known) return [`Conformance packs: unknown, ${plainText(packs.reason)}.`];
  const { expected, present, missing, unknown, compliance } = packs.value;
  const details = Object.entries(compliance)
    .sort()
    .map(([state, count]) => `${count.toLocaleString('en')} ${state}`);
  return [
    `Conformance packs where the stack is current: ${present.toLocaleString('en')} of ${expected.toLocaleString('en')} there` +
      `${details.length > 0 ? ` (${details.join(', ')})` : ''}, ${missing.length.toLocaleString('en')} missing, ${unknown.toLocaleString('en')} unknown.`,
    ...missing
      .slice(0, SHOWN_ACCOUNTS)
      .map(({ account, region, name }) => `  ${name} is missing in ${account}, ${region}`),
    ...(missing.length > SHOWN_ACCOUNTS ? [`  and ${missing.length - SHOWN_ACCOUNTS} more`] : []),
    ...(missing.length > 0
      ? ['  An aggregator may lag some hours behind. Otherwise somebody has removed them: try the stack set again.']
      : []),
  ];
}

function findingLines({ packFindings }: RolloutStatus): string[] {
  if (!packFindings.known) return [`Findings of packs in Security Hub: unknown, ${plainText(packFindings.reason)}.`];
  switch (packFindings.value) {
    case 'arrived':
      return ['Findings of packs reach Security Hub.'];
    case 'nothing-deployed':
      return ['Findings of packs in Security Hub: none, and no pack is deployed yet.'];
    case 'not-used':
      return [];
    case 'none':
      return [
        'No finding of a conformance pack has ever reached Security Hub, although packs are deployed.',
        `  Give AWS Config a day to evaluate. Then make the check in ${CHECK}; where it fails, write rendering: config-rules.`,
      ];
  }
}

/** Lines that a table can hold. */
function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
