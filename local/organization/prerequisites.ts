/** What Virtual SOC needs of an organisation and does not find there, with the command that grants it. */
import type { ConfigurationDraft } from './configuration-draft.ts';
import type { Organization } from './organization.ts';
import { CONFIG, SECURITY_HUB, SERVICE_CATALOG, SERVICE_NAMES, STACK_SETS } from './services.ts';

/** One thing that is missing. Every command is for credentials of the management account. */
export interface Missing {
  readonly kind: 'all-features' | 'trusted-access' | 'delegated-administrator';
  /** Undefined for what is not of one service. */
  readonly principal?: string;
  /** For people: what it is. */
  readonly what: string;
  /** For people: what does not work without it. */
  readonly why: string;
  /** AWS CLI; `ACCOUNT_ID` and `HOME_REGION` stand for what is not known yet. */
  readonly command: string;
}

/** Stands in a command for an account that a person has to choose. */
const ACCOUNT_ID = 'ACCOUNT_ID';

const TRUST_WHY: Readonly<Record<string, string>> = {
  [SECURITY_HUB]: 'Security Hub can have no administrator for the whole organisation',
  [STACK_SETS]: 'stack sets cannot deploy to organizational units, nor to accounts that are created later',
  [SERVICE_CATALOG]: 'the portfolio cannot be shared through the organisation, only account by account',
  [CONFIG]: 'no aggregator can tell which accounts have a recorder and how many rules',
};

/**
 * Trusted access of StackSets and Service Catalog is not the same when it is granted through Organizations: each service has
 * a call of its own that also makes its roles. That of Security Hub comes with its delegated administrator.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html
 */
const TRUST_COMMANDS: Readonly<Record<string, string>> = {
  [SECURITY_HUB]: `aws organizations enable-aws-service-access --service-principal ${SECURITY_HUB}`,
  [STACK_SETS]: 'aws cloudformation activate-organizations-access',
  [SERVICE_CATALOG]: 'aws servicecatalog enable-aws-organizations-access',
  [CONFIG]: `aws organizations enable-aws-service-access --service-principal ${CONFIG}`,
};

/** Lists what is missing, in the order in which it has to be granted. */
export function findMissing(organization: Organization, draft: ConfigurationDraft): Missing[] {
  if (organization.featureSet !== 'ALL') {
    return [
      {
        kind: 'all-features',
        what: 'all features of AWS Organizations',
        why: 'nothing below can be granted; every invited account has to agree, so run this command again afterwards',
        command: 'aws organizations enable-all-features',
      },
    ];
  }
  const trusted = new Set(organization.trustedAccess);
  const delegated = new Set(organization.delegations.map(({ principal }) => principal));
  const missing: Missing[] = [];
  for (const [principal, service] of SERVICE_NAMES) {
    // Designating the administrator of Security Hub grants both.
    const comesWithAdministrator = principal === SECURITY_HUB && !delegated.has(principal);
    if (trusted.has(principal) || comesWithAdministrator) continue;
    missing.push({
      kind: 'trusted-access',
      principal,
      what: `${service}: trusted access`,
      why: TRUST_WHY[principal] ?? '',
      command: TRUST_COMMANDS[principal] ?? '',
    });
  }
  const { portfolio, hub } = draft.configuration;
  if (!delegated.has(SECURITY_HUB)) missing.push(securityHubAdministrator(portfolio.region));
  const governance = portfolio.account;
  // The management account may do all of this itself.
  const needsDelegation = governance === null || governance !== organization.managementAccountId;
  if (!delegated.has(STACK_SETS) && needsDelegation) {
    missing.push(
      delegation(STACK_SETS, governance, 'the governance account', 'only the management account can deploy stack sets'),
    );
  }
  if (!delegated.has(SERVICE_CATALOG) && needsDelegation) {
    missing.push(
      delegation(
        SERVICE_CATALOG,
        governance,
        'the governance account',
        'only the management account can share a portfolio through the organisation',
      ),
    );
  }
  if (!delegated.has(CONFIG)) {
    missing.push(
      delegation(CONFIG, hub.account, 'the account of Security Hub', 'only the management account can aggregate'),
    );
  }
  return missing;
}

function securityHubAdministrator(region: string | null): Missing {
  return {
    kind: 'delegated-administrator',
    principal: SECURITY_HUB,
    what: 'Security Hub: delegated administrator (the account where findings are to come together)',
    why: 'the product has no account to be launched in; once for each Region that is used, trusted access comes with it',
    command: `aws securityhub enable-organization-admin-account --admin-account-id ${ACCOUNT_ID} --region ${region ?? 'HOME_REGION'}`,
  };
}

function delegation(principal: string, account: string | null, whom: string, why: string): Missing {
  return {
    kind: 'delegated-administrator',
    principal,
    what: `${SERVICE_NAMES.get(principal) ?? principal}: delegated administrator (${whom})`,
    why,
    command: `aws organizations register-delegated-administrator --account-id ${account ?? ACCOUNT_ID} --service-principal ${principal}`,
  };
}
