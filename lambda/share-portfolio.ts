/**
 * The use case that shares a portfolio through the organisation, which CloudFormation itself cannot: its own resource knows
 * accounts only, which have to accept. It can be run any number of times.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolioShare.html
 */

/** Kinds of nodes, in the words of Service Catalog. */
export type NodeType = 'ACCOUNT' | 'ORGANIZATION' | 'ORGANIZATIONAL_UNIT';

/** Whom the portfolio is shared with. */
export interface OrganizationNode {
  readonly type: NodeType;
  /** Id of the account, the organisation or the unit. */
  readonly value: string;
}

export interface ShareOptions {
  /** Whether the tag options go with it. */
  readonly tagOptions: boolean;
  /** Whether those who may launch do too; only an organisation or a unit can be told. */
  readonly principals: boolean;
}

/** Service Catalog, as far as it is needed. Every method throws what the SDK throws. */
export interface PortfolioShares {
  /** Options of the share with a node, or undefined where there is none. */
  find(portfolioId: string, node: OrganizationNode): Promise<ShareOptions | undefined>;
  /** Each of these begins an operation and returns its token, or undefined where there is nothing to wait for. */
  create(portfolioId: string, node: OrganizationNode, options: ShareOptions): Promise<string | undefined>;
  update(portfolioId: string, node: OrganizationNode, options: ShareOptions): Promise<string | undefined>;
  remove(portfolioId: string, node: OrganizationNode): Promise<string | undefined>;
  status(token: string): Promise<ShareStatus>;
}

export interface ShareStatus {
  readonly state: 'NOT_STARTED' | 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'ERROR';
  /** Accounts that it went wrong for, with what Service Catalog says. */
  readonly errors: readonly { readonly accounts: readonly string[]; readonly message: string }[];
}

export interface DelegatedAdministrator {
  readonly id: string;
  readonly state: string;
}

/** Lists the delegated administrators of a service principal. */
export type ListAdministrators = (servicePrincipal: string) => Promise<readonly DelegatedAdministrator[]>;

/** Time, so that waiting can be tested. */
export interface Waiting {
  /** Milliseconds that are left. */
  left(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Thrown where a person has to mend something; the message says what. */
export class ShareRefused extends Error {
  override readonly name = 'ShareRefused';
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-securityhub.html */
const SECURITY_HUB = 'securityhub.amazonaws.com';

/** Between two questions about an operation, in milliseconds. */
const PAUSE = 2_000;

/** Left for the answer to CloudFormation, in milliseconds. */
const RESERVE = 10_000;

/**
 * Finds the account that Organizations says administers Security Hub.
 *
 * @throws ShareRefused where there is none, more than one, or one that is closed
 */
export async function discoverHub(list: ListAdministrators): Promise<string> {
  const administrators = await list(SECURITY_HUB);
  const active = administrators.filter(({ state }) => state === 'ACTIVE');
  const [only, ...others] = active;
  if (only === undefined) {
    const closed = administrators.map(({ id, state }) => `${id} is ${state}`).join(', ');
    throw new ShareRefused(
      `Security Hub has no delegated administrator that is active${closed === '' ? '' : `: ${closed}`}. Designate one, or ` +
        'name the account in hub.account of the configuration.',
    );
  }
  if (others.length > 0) {
    throw new ShareRefused(
      `Security Hub has more than one delegated administrator: ${active.map(({ id }) => id).join(', ')}. Name one in ` +
        'hub.account of the configuration.',
    );
  }
  return only.id;
}

/**
 * Shares a portfolio with a node and waits until that is done.
 *
 * @returns what was necessary
 * @throws ShareRefused where it is not completed; then a share that was made here is taken back
 */
export async function sharePortfolio(
  shares: PortfolioShares,
  portfolioId: string,
  node: OrganizationNode,
  options: ShareOptions,
  waiting: Waiting,
): Promise<'created' | 'updated' | 'unchanged'> {
  const existing = await shares.find(portfolioId, node);
  if (existing?.tagOptions === options.tagOptions && existing.principals === options.principals) return 'unchanged';
  if (existing !== undefined) {
    await completed(shares, await shares.update(portfolioId, node, options), waiting);
    return 'updated';
  }
  const token = await shares.create(portfolioId, node, options);
  try {
    await completed(shares, token, waiting);
  } catch (error) {
    // CloudFormation does not delete what was never made, so nothing else would take it back. Why it failed matters more.
    await shares.remove(portfolioId, node).catch(() => undefined);
    throw error;
  }
  return 'created';
}

/** Takes a share back and waits until that is done. A share that is not there is taken back already. */
export async function unsharePortfolio(
  shares: PortfolioShares,
  portfolioId: string,
  node: OrganizationNode,
  waiting: Waiting,
): Promise<'removed' | 'absent'> {
  if ((await shares.find(portfolioId, node)) === undefined) return 'absent';
  await completed(shares, await shares.remove(portfolioId, node), waiting);
  return 'removed';
}

async function completed(shares: PortfolioShares, token: string | undefined, waiting: Waiting): Promise<void> {
  if (token === undefined) return;
  for (;;) {
    const { state, errors } = await shares.status(token);
    if (state === 'COMPLETED') return;
    if (state === 'ERROR' || state === 'COMPLETED_WITH_ERRORS') {
      const reasons = errors.map(({ accounts, message }) => `${accounts.join(', ')}: ${message}`).join('; ');
      throw new ShareRefused(`Service Catalog ended the share with ${state}${reasons === '' ? '.' : `: ${reasons}`}`);
    }
    if (waiting.left() < PAUSE + RESERVE) {
      throw new ShareRefused(`Service Catalog has not completed the share in time (${state}). Deploy again.`);
    }
    await waiting.sleep(PAUSE);
  }
}

const NODE_TYPES: readonly NodeType[] = ['ACCOUNT', 'ORGANIZATION', 'ORGANIZATIONAL_UNIT'];

/** Identity of a share for CloudFormation: another node is another share, and the former one is taken back. */
export function shareId(portfolioId: string, { type, value }: OrganizationNode): string {
  return [portfolioId, type, value].join('/');
}

/** What {@link shareId} was made of, or undefined where the text is none of ours. */
export function readShareId(text: string): { portfolioId: string; node: OrganizationNode } | undefined {
  const [portfolioId, type, value, ...more] = text.split('/');
  const known = NODE_TYPES.find((candidate) => candidate === type);
  if (!portfolioId || known === undefined || !value || more.length > 0) return undefined;
  return { portfolioId, node: { type: known, value } };
}
