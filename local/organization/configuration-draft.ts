/** The configuration of a portfolio as far as an organisation tells, and what a person still has to choose. */
import { Document, isMap, type YAMLMap, type Scalar } from 'yaml';
import type { Delegation, Organization } from './organization.ts';
import { plainText } from '../plain-text.ts';
import { SECURITY_HUB, SERVICE_CATALOG, STACK_SETS } from './services.ts';

/** A Region, and who says that it is the home Region of Security Hub. */
export interface NamedRegion {
  readonly region: string;
  readonly from: 'option' | 'environment';
}

/** Something that no program can know. */
export interface Decision {
  /** Field of the configuration, `hub.launchers`. */
  readonly field: string;
  /** Whether the configuration cannot be used before it is decided. */
  readonly required: boolean;
  readonly question: string;
}

/** What the file holds; what has to be chosen first is null, so that it cannot be deployed by mistake. */
export interface DraftedConfiguration {
  readonly version: 1;
  readonly organization: { readonly id: string };
  readonly portfolio: {
    readonly account: string | null;
    readonly region: string | null;
    readonly name: string;
    readonly provider: string;
    readonly assetBucket: { readonly exists: boolean };
  };
  readonly hub: {
    readonly account: string | null;
    readonly share: 'organization-node' | 'account' | 'none';
    readonly launchRole: string;
    readonly launchers: readonly string[];
  };
}

export interface ConfigurationDraft {
  readonly configuration: DraftedConfiguration;
  readonly decisions: readonly Decision[];
}

/** An account that was found, or why it was not. */
interface Finding {
  readonly account: string | null;
  readonly question?: string;
}

/** Drafts the configuration that `portfolio/configuration.ts` reads. */
export function draftConfiguration(organization: Organization, home: NamedRegion | undefined): ConfigurationDraft {
  const hub = findHub(organization);
  const governance = findGovernance(organization);
  const decisions: Decision[] = [];
  const ask = (field: string, required: boolean, question: string | undefined) => {
    if (question !== undefined) decisions.push({ field, required, question });
  };
  ask('portfolio.account', governance.account === null, governance.question);
  ask('portfolio.region', home === undefined, regionQuestion(home));
  ask(
    'portfolio.provider',
    false,
    'who offers the portfolio, as the users of Service Catalog see it; name and supportEmail too',
  );
  ask('portfolio.assetBucket.exists', false, 'true where an earlier installation has left the bucket');
  ask('hub.account', hub.account === null, hub.question);
  const { share, question: shareQuestion } = chooseShare(organization, hub.account, governance.account);
  ask('hub.share', false, shareQuestion);
  ask('hub.launchRole', false, 'the name of the role that Service Catalog launches with, if not this one');
  ask(
    'hub.launchers',
    false,
    'names of the roles whose holders may launch the product: as long as it is empty, nobody may',
  );
  return {
    configuration: {
      version: 1,
      organization: { id: organization.id },
      portfolio: {
        account: governance.account,
        region: home?.region ?? null,
        name: 'Virtual SOC',
        provider: 'Cloud governance',
        assetBucket: { exists: false },
      },
      hub: {
        account: hub.account,
        share,
        launchRole: 'virtual-soc-launch',
        launchers: [],
      },
    },
    decisions,
  };
}

function findHub(organization: Organization): Finding {
  const administrators = delegatedTo(organization, SECURITY_HUB);
  const [only] = administrators;
  if (only === undefined) return { account: null, question: 'Security Hub has no delegated administrator yet' };
  if (administrators.length > 1) {
    return {
      account: null,
      question: `Security Hub has more than one delegated administrator: ${listed(administrators)}`,
    };
  }
  return { account: only.accountId, ...suspicious(only) };
}

/** The account of Service Catalog, else that of StackSets: both belong to the one that governs. */
function findGovernance(organization: Organization): Finding {
  const catalog = delegatedTo(organization, SERVICE_CATALOG);
  const stackSets = delegatedTo(organization, STACK_SETS);
  const both = catalog.filter(({ accountId }) => stackSets.some((other) => other.accountId === accountId));
  for (const candidates of [both, catalog, stackSets]) {
    const [only, ...others] = candidates;
    if (only === undefined) continue;
    if (others.length > 0)
      return { account: null, question: `the governance account, probably one of ${listed(candidates)}` };
    if (candidates === stackSets) {
      const question = `whether ${listed([only])}, which may deploy stack sets, is the governance account: Service Catalog has no delegated administrator`;
      return { account: only.accountId, question };
    }
    return { account: only.accountId, ...suspicious(only) };
  }
  const question = `the governance account, which publishes the portfolio; the management account ${organization.managementAccountId} is one, a delegated administrator of Service Catalog the better one`;
  return { account: null, question };
}

/**
 * Through the organisation where that works, since nobody has to accept it then: Service Catalog has trusted access, and the
 * governance account is the management account or a delegated administrator of it.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
 */
function chooseShare(
  organization: Organization,
  hub: string | null,
  governance: string | null,
): { readonly share: DraftedConfiguration['hub']['share']; readonly question?: string } {
  if (hub !== null && hub === governance) return { share: 'none' };
  const missing = [
    ...(organization.featureSet === 'ALL' && organization.trustedAccess.includes(SERVICE_CATALOG)
      ? []
      : ['Service Catalog has trusted access']),
    ...(mayShare(organization, governance) ? [] : ['the governance account is its delegated administrator']),
  ];
  if (missing.length === 0) return { share: 'organization-node' };
  const question = `the hub account has to accept this share; better organization-node, once ${missing.join(' and ')}`;
  return { share: 'account', question };
}

function mayShare(organization: Organization, governance: string | null): boolean {
  if (governance === null) return false;
  if (governance === organization.managementAccountId) return true;
  return delegatedTo(organization, SERVICE_CATALOG).some(
    ({ accountId, state }) => accountId === governance && state === 'ACTIVE',
  );
}

function delegatedTo({ delegations }: Organization, principal: string): Delegation[] {
  return delegations.filter((delegation) => delegation.principal === principal);
}

function listed(delegations: readonly Delegation[]): string {
  return delegations.map(({ accountId, accountName }) => `${accountId} (${plainText(accountName)})`).join(', ');
}

function suspicious({ accountId, state }: Delegation): { question?: string } {
  return state === 'ACTIVE'
    ? {}
    : { question: `another account: ${accountId} is delegated administrator, but ${state}` };
}

function regionQuestion(home: NamedRegion | undefined): string | undefined {
  if (home === undefined) return 'the home Region of Security Hub, where findings come together (or give --region)';
  if (home.from === 'option') return undefined;
  return `whether ${home.region} is the home Region of Security Hub: it is only the Region of the AWS environment`;
}

/** The file: the configuration with the questions beside its fields, and below it what the organisation consists of. */
export function configurationText(
  organization: Organization,
  { configuration, decisions }: ConfigurationDraft,
): string {
  const document = new Document(configuration);
  for (const { field, required, question } of decisions) {
    comment(document, field.split('.'), `${required ? 'CHOOSE' : 'Check'}: ${question}`);
  }
  document.commentBefore = comments([
    `Configuration of a portfolio, drafted from organisation ${organization.id}, management account ${organization.managementAccountId}.`,
    'What it cannot know stands as CHOOSE (to be filled in) or Check (to be confirmed) before the field.',
  ]);
  for (const section of ['organization', 'portfolio', 'hub']) keyOf(document, [section]).spaceBefore = true;
  document.comment = comments(inventoryLines(organization));
  return document.toString({ singleQuote: true, nullStr: '', lineWidth: 0, flowCollectionPadding: false });
}

function comment(document: Document, path: readonly string[], text: string): void {
  keyOf(document, path).commentBefore = comments([text]);
}

function keyOf(document: Document, path: readonly string[]): Scalar {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(map) ? (map as YAMLMap<Scalar>).items.find(({ key }) => key.value === path.at(-1)) : undefined;
  if (pair === undefined) throw new Error(`The configuration has no field ${path.join('.')}.`);
  return pair.key;
}

function comments(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : ` ${plainText(line)}`)).join('\n');
}

/** For whoever chooses targets and exclusions; the file is read without them. */
function inventoryLines({ roots, organizationalUnits, accounts }: Organization): string[] {
  return [
    'What the organisation consists of, when this was drafted.',
    'Roots and organizational units:',
    ...[...roots, ...organizationalUnits].map(({ id, path }) => `  ${id}  ${path}`),
    'Accounts:',
    ...accounts.map(({ id, state, name, path }) => `  '${id}'  ${state}  ${name}, in ${path}`),
  ];
}
