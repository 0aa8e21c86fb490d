/** What people call a finding provider. */
const NAMES: Readonly<Record<string, string>> = {
  'access-analyzer': 'IAM Access Analyzer',
  config: 'AWS Config',
  default: 'Custom product',
  'dns-firewall': 'Route 53 Resolver DNS Firewall',
  'firewall-manager': 'AWS Firewall Manager',
  guardduty: 'Amazon GuardDuty',
  health: 'AWS Health',
  inspector: 'Amazon Inspector',
  'iot-device-defender': 'AWS IoT Device Defender',
  macie: 'Amazon Macie',
  prowler: 'Prowler',
  securityhub: 'AWS Security Hub',
  'ssm-patch-manager': 'AWS Systems Manager Patch Manager',
};

/** The provider's name; a product we have no name for goes by its `<company>/<product>`. */
export function providerName(provider: string): string {
  return NAMES[provider] ?? provider;
}
