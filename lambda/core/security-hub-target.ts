/** Where technique and tactic findings are written: one account and Region's Security Hub. */
export interface SecurityHubTarget {
  /** 12 digits; Security Hub refuses findings of any other account from this caller. */
  readonly accountId: string;
  readonly region: string;
  /** `arn:<partition>:securityhub:<region>:<account>:product/<account>/default` */
  readonly productArn: string;
}

/** Under what name our findings appear. https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html */
export const PRODUCT_NAME = 'MITRE ATT&CK';
export const COMPANY_NAME = 'Virtual-SOC';
/** Every GeneratorId of ours starts so; the event rule and {@link isOwnFinding} refuse it: the only loop guard. */
export const OWN_GENERATOR_PREFIX = 'virtual-soc/';

/** The default product of an account and Region, which custom findings are imported under. */
export function securityHubTarget(accountId: string, region: string): SecurityHubTarget {
  const partition = partitionOf(region);
  return {
    accountId,
    region,
    productArn: `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`,
  };
}

/** Whether a finding, parsed or not, is one of ours coming back. */
export function isOwnFinding(finding: unknown): boolean {
  const { GeneratorId, finding_info: info } = (finding ?? {}) as {
    GeneratorId?: unknown;
    finding_info?: { uid?: unknown };
  };
  // The new Security Hub shows our findings as OCSF, which has no GeneratorId; our Ids begin alike.
  const name = GeneratorId ?? info?.uid;
  return typeof name === 'string' && name.startsWith(OWN_GENERATOR_PREFIX);
}

const CONSOLE_HOSTS = {
  aws: 'console.aws.amazon.com',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-cn': 'console.amazonaws.cn',
} as const;

/** `aws`, `aws-us-gov` or `aws-cn`. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): keyof typeof CONSOLE_HOSTS {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** One condition of a console link: attribute, comparison, value. */
export type FindingFilter = readonly [attribute: string, comparison: 'EQUALS' | 'PREFIX', value: string];

/**
 * The Security Hub console's list of findings under these conditions. The console keeps them in the fragment as
 * `Attribute=\operator\:COMPARISON\:value`, encoded twice.
 */
export function findingsLink(target: Pick<SecurityHubTarget, 'region'>, filters: readonly FindingFilter[]): string {
  const search = filters
    .map(([attribute, comparison, value]) => {
      // Half a surrogate pair is no character, and encodeURIComponent throws on it.
      const condition = encodeURIComponent(`\\operator\\:${comparison}\\:${value.toWellFormed()}`);
      return `${attribute}%3D${encodeURIComponent(condition)}`;
    })
    .join('%26');
  return `${securityHubConsole(target)}#/findings?search=${search}`;
}

/** A link of {@link findingsLink}, in the console of another Region. */
export function inConsoleOf(target: Pick<SecurityHubTarget, 'region'>, link: string): string {
  return `${securityHubConsole(target)}${link.slice(link.indexOf('#'))}`;
}

function securityHubConsole(target: Pick<SecurityHubTarget, 'region'>): string {
  return `${consoleOf(target)}/securityhub/home?region=${target.region}`;
}

/** URL of the console of a Region, to which the path of a service is added. */
export function consoleOf({ region }: Pick<SecurityHubTarget, 'region'>): string {
  return `https://${region}.${CONSOLE_HOSTS[partitionOf(region)]}`;
}
