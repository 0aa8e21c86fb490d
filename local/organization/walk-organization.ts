/** Walks an organisation from its roots down. Pure but for the reader: no SDK, clock or terminal. */
import { forEachItem, readAll } from '../aws-calls/pages.ts';
import type { Delegation, Organization, OrganizationAccount, OrganizationNode } from './organization.ts';
import { CallDenied, ORGANIZATIONS, type OrganizationReader } from './organization-reader.ts';

/** What a walk needs to know besides the organisation itself. */
export interface WalkOptions {
  /** Service principals whose delegated administrators are asked for. */
  readonly principals: readonly string[];
  /** Told how many accounts are found so far; how many there are only the end tells. */
  readonly onProgress?: (accounts: number) => void;
}

interface Tree {
  readonly roots: readonly OrganizationNode[];
  readonly organizationalUnits: readonly OrganizationNode[];
  readonly accounts: readonly OrganizationAccount[];
}

/**
 * Reads everything, in parallel: how fast is up to the reader.
 *
 * @throws Error that says which account may call, where this one may not
 */
export async function walkOrganization(reader: OrganizationReader, options: WalkOptions): Promise<Organization> {
  const summary = await reader.organization().catch((error: unknown) => {
    throw error instanceof CallDenied ? describeDenied(error, undefined) : error;
  });
  // Neither exists without all features; AWS may answer the question itself with an error.
  const allFeatures = summary.featureSet === 'ALL';
  try {
    const [tree, delegations, trustedAccess] = await Promise.all([
      walkTree(reader, options.onProgress ?? (() => undefined)),
      allFeatures ? readDelegations(reader, options.principals) : [],
      allFeatures ? readAll(ORGANIZATIONS, (token) => reader.trustedAccess(token)) : [],
    ]);
    return { ...summary, ...tree, delegations, trustedAccess: [...new Set(trustedAccess)].sort() };
  } catch (error) {
    throw error instanceof CallDenied ? describeDenied(error, summary.managementAccountId) : error;
  }
}

function describeDenied(denied: CallDenied, managementAccountId: string | undefined): Error {
  const management = managementAccountId ? `the management account ${managementAccountId}` : 'the management account';
  const who =
    denied.operation === 'DescribeOrganization'
      ? `Any account of the organisation may call it, but what follows only ${management} or a delegated administrator of any service.`
      : `Only ${management} or a delegated administrator of any service may call it.`;
  const remedy = `Use credentials of one of them whose policies allow organizations:${denied.operation}.`;
  return new Error(
    `AWS denies ${denied.operation} to these credentials. ${who} ${remedy} AWS says: ${denied.message}`,
    {
      cause: denied,
    },
  );
}

async function walkTree(reader: OrganizationReader, onProgress: NonNullable<WalkOptions['onProgress']>): Promise<Tree> {
  const units: OrganizationNode[] = [];
  // By id: an account that is moved meanwhile shows up in two places.
  const accounts = new Map<string, OrganizationAccount>();
  async function walkBelow(node: OrganizationNode): Promise<void> {
    const below: Promise<void>[] = [];
    await Promise.all([
      forEachItem(
        ORGANIZATIONS,
        (token) => reader.organizationalUnits(node.id, token),
        ({ id, name }) => {
          const unit = { id, name, path: `${node.path}/${name}`, parentId: node.id };
          units.push(unit);
          const walk = walkBelow(unit);
          // It may fail before the list of its siblings is read to the end, when nobody waits for it yet.
          walk.catch(() => undefined);
          below.push(walk);
        },
      ),
      forEachItem(
        ORGANIZATIONS,
        (token) => reader.accounts(node.id, token),
        (account) => {
          accounts.set(account.id, { ...account, parentId: node.id, path: node.path });
          onProgress(accounts.size);
        },
      ),
    ]);
    await Promise.all(below);
  }

  const roots = (await readAll(ORGANIZATIONS, (token) => reader.roots(token))).map(({ id, name }) => ({
    id,
    name,
    path: name,
  }));
  await Promise.all(roots.map(walkBelow));
  return {
    roots,
    organizationalUnits: units.sort((a, b) => order(depthFirst(a), depthFirst(b)) || order(a.id, b.id)),
    accounts: [...accounts.values()].sort((a, b) => order(a.id, b.id)),
  };
}

async function readDelegations(reader: OrganizationReader, principals: readonly string[]): Promise<Delegation[]> {
  const lists = await Promise.all(
    principals.map(async (principal) => {
      const administrators = await readAll(ORGANIZATIONS, (token) => reader.delegatedAdministrators(principal, token));
      return administrators
        .map(({ id, name, state }) => ({ principal, accountId: id, accountName: name, state }))
        .sort((a, b) => order(a.accountId, b.accountId));
    }),
  );
  return lists.flat();
}

/** Sorts a node right before what is below it, also beside a sibling `Work-shop` of `Work`. */
function depthFirst({ path }: OrganizationNode): string {
  return path.replaceAll('/', '\0');
}

/** By code units: the order must not depend on the language of the machine. */
function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
