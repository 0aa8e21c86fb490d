/** A plan on the terminal. Plain text without colours, so that it can be copied into a ticket. */
import Table from 'cli-table3';
import { plainText } from '../plain-text.ts';
import { counted, groupAccounts, shortened } from './place-groups.ts';
import { type PlannedPlace, PLAN_STATES, type PlanState, type RolloutPlan } from './plan.ts';
import { type Reason, type ReasonCode, reasonText } from './plan-reasons.ts';

/** Groups of accounts that are shown; JSON has all. */
const SHOWN_GROUPS = 30;
/** Accounts that a group names. */
const SHOWN_ACCOUNTS = 3;
/** Characters of a detail in a table; the remedies have it whole. */
const SHOWN_DETAIL = 120;

const STATE_WORDS: Readonly<Record<PlanState, string>> = {
  covered: 'covered',
  partly: 'partly covered: some rules would see nothing',
  blocked: 'blocked: something is in the way',
  unknown: 'unknown: something could not be read',
  'left-out': 'left out',
};

/** How many places are in each state. */
export function countStates(places: readonly { readonly state: PlanState }[]): Record<PlanState, number> {
  const counts = Object.fromEntries(PLAN_STATES.map((state) => [state, 0])) as Record<PlanState, number>;
  for (const { state } of places) counts[state] += 1;
  return counts;
}

/** The whole report, with a line end. */
export function planReport(plan: RolloutPlan): string {
  return [
    ...summaryLines(plan),
    '',
    ...prerequisiteLines(plan),
    '',
    'What each Region gets:',
    regionTable(plan),
    '',
    ...accountLines(plan),
    '',
    ...remedyLines(plan),
    ...(plan.notes.length > 0 ? ['Of the configuration:', ...plan.notes.map((note) => `  ${note}`), ''] : []),
    ...costLines(plan),
    '',
    'Nothing was changed.',
    '',
  ].join('\n');
}

/** As JSON has it: everything, and the texts of the reasons once. */
export function planDocument(plan: RolloutPlan): object {
  const codes = new Set(
    [...plan.places, { reasons: plan.prerequisites.flatMap(({ reason }) => reason ?? []) }].flatMap(({ reasons }) =>
      reasons.map(({ code }) => code),
    ),
  );
  return {
    organization: { id: plan.organization, managementAccountId: plan.managementAccount },
    counts: { accounts: plan.accounts.length, places: plan.places.length, ...countStates(plan.places) },
    prerequisites: plan.prerequisites,
    regions: plan.regions.map(({ region, rules, packs }) => ({
      region,
      rules: rules.map(({ name }) => name),
      packs,
    })),
    accounts: plan.accounts,
    places: plan.places,
    reasons: Object.fromEntries([...codes].sort().map((code) => [code, reasonText({ code })])),
    rulesLeftOut: plan.rulesLeftOut,
    cost: plan.cost,
    notes: plan.notes,
  };
}

function table(head: readonly string[], rightAligned: readonly string[] = []): Table.Table {
  const colAligns = head.map((title) => (rightAligned.includes(title) ? ('right' as const) : ('left' as const)));
  return new Table({ head: [...head], colAligns, style: { head: [], border: [] } });
}

function summaryLines({ organization, accounts, regions, places, prerequisites }: RolloutPlan): string[] {
  const counts = countStates(places);
  const missing = prerequisites.filter(({ state }) => state === 'missing').length;
  return [
    `Roll-out to organisation ${organization}: ${counted(accounts.length, 'account')} × ${counted(regions.length, 'Region')} = ${counted(places.length, 'place')}.`,
    ...PLAN_STATES.filter((state) => counts[state] > 0 || state === 'covered').map(
      (state) => `  ${counts[state].toLocaleString('en').padStart(7)}  ${STATE_WORDS[state]}`,
    ),
    ...(missing > 0 ? ['Nothing can be deployed by a stack set before what is missing below is granted.'] : []),
  ];
}

function prerequisiteLines({ prerequisites }: RolloutPlan): string[] {
  const rows = table(['What the organisation needs', '', '']);
  for (const { what, state, reason, detail } of prerequisites) {
    const why = detail ?? (reason === undefined ? '' : describe(reason));
    rows.push([what, state, wrapped(why)]);
  }
  return [rows.toString()];
}

function regionTable({ regions, places }: RolloutPlan): string {
  const numbers = ['Rules', 'Packs', 'Accounts', 'Recorders', 'Roles'];
  const rows = table(['Region', ...numbers, 'There already'], numbers);
  for (const { region, rules, packs } of regions) {
    const here = places.filter((place) => place.region === region && place.state !== 'left-out');
    const deployed = here.filter((place) => place.deployed === true).length;
    const unclear = here.some((place) => place.deployed === undefined);
    rows.push([
      region,
      rules.length,
      packs.length,
      here.length,
      here.filter(({ recorder }) => recorder).length,
      here.filter(({ roles }) => roles.length > 0).length,
      `${deployed}${unclear ? ' that are known' : ''}`,
    ]);
  }
  return rows.toString();
}

function accountLines({ places, accounts }: RolloutPlan): string[] {
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const groups = groupAccounts(places, ({ state, reasons }) => JSON.stringify([state, reasons]));
  const rows = table(['Accounts', 'Which', 'Regions', 'State', 'Why'], ['Accounts']);
  for (const { accounts: members, parts } of groups.slice(0, SHOWN_GROUPS)) {
    const which = shortened(
      members.map((id) => `${id} (${plainText(names.get(id) ?? '')})`),
      SHOWN_ACCOUNTS,
    ).replaceAll(', ', '\n');
    parts.forEach(({ regions, said }, index) =>
      rows.push([
        index === 0 ? members.length : '',
        index === 0 ? which : '',
        regions.join('\n'),
        said.state,
        said.reasons.map((reason) => wrapped(describe(reason))).join('\n'),
      ]),
    );
  }
  const hidden = groups.slice(SHOWN_GROUPS).reduce((sum, group) => sum + group.accounts.length, 0);
  return [rows.toString(), ...(hidden > 0 ? [`And ${counted(hidden, 'account')} more: --json has all of them.`] : [])];
}

function describe(reason: Reason): string {
  const { what, severity } = reasonText(reason);
  const prefix = severity === 'unknown' ? 'not known: ' : '';
  const detail = reason.detail === undefined ? '' : ` (${cut(plainText(reason.detail))})`;
  return `${prefix}${what}${detail}`;
}

function cut(text: string): string {
  return text.length > SHOWN_DETAIL ? `${text.slice(0, SHOWN_DETAIL - 1)}…` : text;
}

/** Lines that a table can hold. */
function wrapped(text: string, width = 60): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

/** Each remedy once, those for most places first. */
function remedyLines({ places, prerequisites }: RolloutPlan): string[] {
  const found = new Map<ReasonCode, { places: PlannedPlace[]; details: Set<string> }>();
  for (const place of places) {
    for (const { code, detail } of place.reasons) {
      const entry = found.get(code) ?? { places: [], details: new Set() };
      found.set(code, entry);
      entry.places.push(place);
      if (detail !== undefined) entry.details.add(plainText(detail));
    }
  }
  for (const { reason } of prerequisites) {
    if (reason !== undefined && !found.has(reason.code)) found.set(reason.code, { places: [], details: new Set() });
  }
  const order = (code: ReasonCode) => ['blocks', 'unknown', 'gap', 'left-out'].indexOf(reasonText({ code }).severity);
  const entries = [...found]
    .filter(([code]) => reasonText({ code }).severity !== 'left-out' || code === 'management-account')
    .sort(([a, { places: inA }], [b, { places: inB }]) => order(a) - order(b) || inB.length - inA.length);
  if (entries.length === 0) return ['Nothing is missing.', ''];
  return [
    'What mends it. Commands are for the AWS CLI, with credentials of the account concerned where nothing else is said:',
    ...entries.flatMap(([code, entry]) => remedy(code, entry.places, [...entry.details])),
    '',
  ];
}

function remedy(code: ReasonCode, places: readonly PlannedPlace[], details: readonly string[]): string[] {
  const { what, remedy: text, command, severity } = reasonText({ code });
  const accounts = new Set(places.map(({ account }) => account)).size;
  const where = places.length === 0 ? '' : ` [${counted(accounts, 'account')}, ${counted(places.length, 'place')}]`;
  const [example] = places;
  return [
    `  ${severity === 'unknown' ? `Not known: ${what}` : sentence(what)}${where}`,
    ...details.slice(0, SHOWN_ACCOUNTS).map((detail) => `    ${detail}`),
    ...(details.length > SHOWN_ACCOUNTS ? [`    and ${details.length - SHOWN_ACCOUNTS} other details`] : []),
    `    → ${text}`,
    ...(command === undefined
      ? []
      : [`      ${filledIn(command, places.length === 1 ? example : undefined, details)}`]),
  ];
}

/** With the names of the place where there is only one, so that it can be pasted. */
function filledIn(command: string, place: PlannedPlace | undefined, details: readonly string[]): string {
  if (place === undefined) return command;
  const [name] = details;
  const isName = details.length === 1 && name !== undefined && /^[\w-]+$/.test(name);
  return command
    .replace('ACCOUNT_ID', place.account)
    .replace('REGION', place.region)
    .replace('NAME', isName ? name : 'NAME');
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function costLines({ cost }: RolloutPlan): string[] {
  const { perMonth, evaluations, configurationItems, assumptions } = cost;
  return [
    `AWS Config would charge about ${money(perMonth)} a month for it, an estimate:`,
    `  ${evaluations.count.toLocaleString('en')} evaluations ${money(evaluations.cost)}, ${configurationItems.count.toLocaleString('en')} configuration items ${money(configurationItems.cost)}`,
    ...cost.regions.map(({ region, cost: amount }) => `  ${region}: ${money(amount)}`),
    'Assumed:',
    ...assumptions.map((line) => `  ${plainText(line)}`),
  ];
}

function money(amount: number): string {
  return `${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} USD`;
}
