/** Who raised a finding, and the exact key of the rule or event behind it. */
import type { ProductRow } from './catalogue.ts';
import type { SourceFinding } from './finding.ts';

/**
 * `keys` are the exact strings under which the catalogue may know the rule, in order of preference: the first one it
 * knows is the rule; the first of all is how people know it. Empty where the finding lacks the field that names the rule.
 */
export interface RuleIdentity {
  readonly provider: string;
  readonly keys: readonly string[];
}

type ReadKeys = (finding: SourceFinding) => readonly (string | undefined)[];

// Keyed by the part of ProductArn after `product/`: ProductName may be missing, and its sender can change it.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-internal-providers.html
const PROVIDERS: Readonly<Record<string, { readonly provider: string; readonly keys: ReadKeys }>> = {
  'aws/config': { provider: 'config', keys: configRuleNames },
  'aws/securityhub': { provider: 'securityhub', keys: securityControlKeys },
  'aws/guardduty': { provider: 'guardduty', keys: (finding) => finding.types },
  'aws/macie': { provider: 'macie', keys: (finding) => finding.types },
  'aws/inspector': { provider: 'inspector', keys: (finding) => finding.types },
  'aws/access-analyzer': {
    provider: 'access-analyzer',
    keys: (finding) => [finding.productFields['findingType'], ...finding.types],
  },
  'aws/iot-device-defender-audit': {
    provider: 'iot-device-defender',
    keys: (finding) => [finding.productFields['CheckName']],
  },
  'aws/iot-device-defender-detect': {
    provider: 'iot-device-defender',
    keys: (finding) => [finding.productFields['MetricName']],
  },
  'aws/health': { provider: 'health', keys: (finding) => [finding.generatorId] },
  'aws/firewall-manager': { provider: 'firewall-manager', keys: (finding) => [finding.title] },
  // These two raise one kind of finding only; their GeneratorId is an opaque id.
  'aws/ssm-patch-manager': { provider: 'ssm-patch-manager', keys: () => ['patch-summary'] },
  'amazon/route-53-resolver-dns-firewall-aws-list': {
    provider: 'dns-firewall',
    keys: () => ['aws-managed-domain-list'],
  },
};

/** Whether the product is a service of AWS whose findings need rules of their own to be read. */
export function isNativeProduct(product: string): boolean {
  return Object.hasOwn(PROVIDERS, product);
}

/** Third-party products by the part of ProductArn after `product/`. */
export type Products = ReadonlyMap<string, ProductRow>;

/**
 * Names the provider and rule key of a finding. Never fails: a product that neither this file nor the catalogue describes
 * is its own provider (`<company>/<product>`, `default` for the customers' own default product) with its GeneratorId as
 * key.
 */
export function identifyRule(finding: SourceFinding, products: Products): RuleIdentity {
  const product = productOf(finding.productArn);
  const native = isNativeProduct(product) ? PROVIDERS[product] : undefined;
  const described = products.get(product);
  const keys = native?.keys(finding) ?? (described ? keysOf(finding, described) : [finding.generatorId]);
  const isDefault = /^\d{12}\/default$/.test(product);
  return {
    provider: native?.provider ?? described?.provider ?? (isDefault ? 'default' : product),
    keys: [...new Set(keys.filter((key): key is string => key !== undefined && key !== ''))],
  };
}

/** The rule keys of a third-party finding, from the place where its product puts them. */
function keysOf(finding: SourceFinding, { key, field, prefix }: ProductRow): readonly (string | undefined)[] {
  const found: readonly (string | undefined)[] = {
    'generator-id': [finding.generatorId],
    types: finding.types,
    title: [finding.title],
    'product-field': [finding.productFields[field ?? '']],
  }[key];
  if (prefix === null) return found;
  return found.flatMap((value) => (value?.startsWith(prefix) ? [value.slice(prefix.length), value] : [value]));
}

/** `aws/guardduty`: what follows `product/` (`productv2/` in the new Security Hub) in the product's ARN. */
export function productOf(productArn: string): string {
  return /product(?:v2)?\/(.+)$/.exec(productArn)?.[1] ?? productArn;
}

/**
 * The name of a Config rule without what AWS adds, and as it is: `-conformance-pack-<id>` in a conformance pack,
 * `OrgConfigRule-…-<8 characters>` for an organisation's rule, `securityhub-…-<8 hex digits>` for Security Hub's own.
 * https://docs.aws.amazon.com/config/latest/developerguide/conformance-packs.html
 * https://docs.aws.amazon.com/audit-manager/latest/APIReference/API_SourceKeyword.html
 */
function configRuleNames(finding: SourceFinding): readonly (string | undefined)[] {
  const name = finding.productFields['aws/config/ConfigRuleName'] ?? finding.title;
  return [
    without(name, /^(.+)-conformance-pack-[a-z0-9]+$/),
    without(name, /^OrgConfigRule-(.+)-[a-z0-9]{8}$/),
    without(name, /^securityhub-(.+)-[0-9a-f]{8}$/),
    name,
  ];
}

/**
 * The security control id; for findings from before 2023 the GeneratorId of the standard, which the catalogue holds as
 * an alias of the control (two controls for the few ids that were split).
 * https://docs.aws.amazon.com/securityhub/latest/userguide/asff-changes-consolidation.html
 */
function securityControlKeys(finding: SourceFinding): readonly (string | undefined)[] {
  return [finding.securityControlId, without(finding.generatorId, /^security-control\/(.+)$/), finding.generatorId];
}

function without(name: string, pattern: RegExp): string | undefined {
  return pattern.exec(name)?.[1];
}
