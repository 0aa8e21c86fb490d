/** An organisation on the terminal. Plain text without colours, so that it can be copied into a ticket. */
import Table from 'cli-table3';
import type { ConfigurationDraft } from './configuration-draft.ts';
import type { Organization, OrganizationNode } from './organization.ts';
import { plainText } from '../plain-text.ts';
import type { Missing } from './prerequisites.ts';
import { SERVICE_NAMES } from './services.ts';

/** Accounts of a root or an organizational unit. */
export interface AccountCount {
  /** Directly in it. */
  readonly own: number;
  /** In it or in any unit below it. */
  readonly withBelow: number;
  /** Of these, those whose state is not `ACTIVE`. */
  readonly notActive: number;
}

/** Counts of every root and organizational unit, by its id. */
export function countAccounts({ roots, organizationalUnits, accounts }: Organization): Map<string, AccountCount> {
  const parents = new Map([...roots, ...organizationalUnits].map(({ id, parentId }) => [id, parentId]));
  const counts = new Map<string, AccountCount>();
  for (const id of parents.keys()) counts.set(id, { own: 0, withBelow: 0, notActive: 0 });
  for (const { parentId, state } of accounts) {
    for (let id: string | undefined = parentId; id !== undefined; id = parents.get(id)) {
      const count = counts.get(id);
      if (count === undefined) break;
      counts.set(id, {
        own: count.own + Number(id === parentId),
        withBelow: count.withBelow + 1,
        notActive: count.notActive + Number(state !== 'ACTIVE'),
      });
    }
  }
  return counts;
}

/** The whole report, with a line end. */
export function reportText(organization: Organization, draft: ConfigurationDraft, missing: readonly Missing[]): string {
  const { id, managementAccountId, accounts, featureSet } = organization;
  const management = accounts.find((account) => account.id === managementAccountId);
  const name = management === undefined ? '' : ` (${plainText(management.name)})`;
  const features = featureSet === 'ALL' ? 'all features' : 'consolidated billing only';
  return [
    `Organisation ${id}, ${features}, management account ${managementAccountId}${name}, ${accounts.length} accounts.`,
    nodeTable(organization),
    ...inactiveLines(organization),
    '',
    serviceTable(organization),
    '',
    ...missingLines(organization, missing),
    '',
    ...decisionLines(draft),
    '',
  ].join('\n');
}

function table(head: string[], rightAligned: readonly string[] = []): Table.Table {
  const colAligns = head.map((title) => (rightAligned.includes(title) ? 'right' : 'left'));
  return new Table({ head, colAligns, style: { head: [], border: [] } });
}

function nodeTable(organization: Organization): string {
  const counts = countAccounts(organization);
  const numbers = ['Accounts', 'With those below', 'Not active'];
  const rows = table(['Organizational unit', 'Id', ...numbers], numbers);
  for (const node of inOrder(organization)) {
    const { own, withBelow, notActive } = counts.get(node.id) ?? { own: 0, withBelow: 0, notActive: 0 };
    rows.push([plainText(node.path), node.id, own, withBelow, notActive]);
  }
  return rows.toString();
}

/** Each root before its units. */
function inOrder({ roots, organizationalUnits }: Organization): OrganizationNode[] {
  // There is one root today; the API allows for more.
  return [...roots, ...organizationalUnits];
}

function inactiveLines({ accounts }: Organization): string[] {
  const inactive = accounts.filter(({ state }) => state !== 'ACTIVE');
  if (inactive.length === 0) return ['Every account is active.'];
  const rows = table(['Account that is not active', 'Name', 'State', 'In']);
  for (const { id, name, state, path } of inactive) rows.push([id, plainText(name), state, plainText(path)]);
  return ['', rows.toString(), 'Stack sets and products do not reach these.'];
}

function serviceTable({ trustedAccess, delegations }: Organization): string {
  const rows = table(['Service', 'Trusted access', 'Delegated administrator']);
  for (const [principal, service] of SERVICE_NAMES) {
    const administrators = delegations
      .filter((delegation) => delegation.principal === principal)
      .map(({ accountId, accountName, state }) => {
        const problem = state === 'ACTIVE' ? '' : `, ${state}`;
        return `${accountId} (${plainText(accountName)}${problem})`;
      });
    rows.push([service, trustedAccess.includes(principal) ? 'yes' : 'no', administrators.join('\n') || 'none']);
  }
  return rows.toString();
}

function missingLines({ managementAccountId }: Organization, missing: readonly Missing[]): string[] {
  if (missing.length === 0) return ['Trusted access and delegation: nothing is missing.'];
  return [
    `Missing. To be granted in this order with credentials of the management account ${managementAccountId}:`,
    ...missing.flatMap(({ what, why, command }) => [`  ${what}`, `    without it: ${why}`, `    ${command}`]),
  ];
}

function decisionLines({ decisions }: ConfigurationDraft): string[] {
  const lines = decisions.map(
    ({ field, required, question }) => `  ${required ? 'CHOOSE' : 'Check'} ${field}: ${question}`,
  );
  const complete = decisions.every(({ required }) => !required);
  return [
    complete
      ? 'The configuration can be used as it is. What it cannot know:'
      : 'The configuration cannot be used before every CHOOSE is filled in:',
    ...lines,
  ];
}
