import type { CatalogueRows } from '../../lambda/core/catalogue.ts';
import { indexCatalogue } from '../../lambda/core/catalogue-index.ts';

const summary = { summaryEn: 'What it is.', summaryEs: 'Qué es.' };
const tactic = (tacticId: string, position: number, nameEn: string, nameEs: string) => ({
  tacticId,
  position,
  shortname: nameEn.toLowerCase().replaceAll(' ', '-'),
  nameEn,
  nameEs,
  ...summary,
  url: `https://attack.mitre.org/tactics/${tacticId}`,
});
const technique = (techniqueId: string, nameEn: string, nameEs: string) => ({
  techniqueId,
  parentId: null,
  matrix: 'cloud' as const,
  nameEn,
  nameEs,
  ...summary,
  platforms: ['IaaS'],
  url: `https://attack.mitre.org/techniques/${techniqueId}`,
});
const rule = (provider: string, ruleKey: string, notMappable: 'too-generic' | null = null) => ({
  provider,
  ruleKey,
  kind: 'posture' as const,
  status: 'active' as const,
  notMappable,
  inherits: null,
  adviceEn: `Fix ${ruleKey}.`,
  adviceEs: `Corrija ${ruleKey}.`,
});
const link = (provider: string, ruleKey: string, techniqueId: string, tacticIds: string[] = []) => ({
  provider,
  ruleKey,
  techniqueId,
  effect: 'protect' as const,
  score: 'partial' as const,
  tacticIds,
  rationale: `${ruleKey} speaks for ${techniqueId}`,
  source: 'judgement' as const,
});
const alias = (provider: string, name: string, ruleKey: string, meaning: 'same' | 'union' | 'ambiguous') => ({
  provider,
  alias: name,
  ruleKey,
  meaning,
});

/** A catalogue of a few rows in which every kind of row occurs: small enough to know by heart in a test. */
export const SMALL_CATALOGUE: CatalogueRows = {
  release: {
    version: 'small',
    attackRelease: '19.2',
    modified: '2026-08-05',
    copyright: '© 2026 The MITRE Corporation.',
  },
  tactics: [
    tactic('TA0040', 15, 'Impact', 'Impacto'),
    tactic('TA0001', 3, 'Initial Access', 'Acceso inicial'),
    tactic('TA0006', 10, 'Credential Access', 'Acceso a credenciales'),
    tactic('TA0007', 11, 'Discovery', 'Descubrimiento'),
  ],
  techniques: [
    technique('T1040', 'Network Sniffing', 'Captura de tráfico de red'),
    technique('T1110', 'Brute Force', 'Fuerza bruta'),
    technique('T1485', 'Data Destruction', 'Destrucción de datos'),
    technique('T1078', 'Valid Accounts', 'Cuentas válidas'),
  ],
  techniqueTactics: [
    { techniqueId: 'T1040', tacticId: 'TA0007' },
    { techniqueId: 'T1040', tacticId: 'TA0006' },
    { techniqueId: 'T1110', tacticId: 'TA0006' },
    { techniqueId: 'T1485', tacticId: 'TA0040' },
    { techniqueId: 'T1078', tacticId: 'TA0001' },
  ],
  mitigations: [
    {
      mitigationId: 'M1041',
      nameEn: 'Encrypt Sensitive Information',
      nameEs: 'Cifrar la información sensible',
      ...summary,
      url: '',
    },
  ],
  techniqueMitigations: [{ techniqueId: 'T1040', mitigationId: 'M1041' }],
  campaigns: [{ campaignId: 'C0027', name: 'C0027', firstSeen: '2022-06-01', lastSeen: null, ...summary, url: '' }],
  campaignTechniques: [{ campaignId: 'C0027', techniqueId: 'T1078' }],
  groups: [],
  campaignGroups: [],
  groupTechniques: [],
  unlinkedTechniques: [],
  redirects: [{ oldId: 'T1003', newId: 'T1110', sinceRelease: '7.0' }],
  products: [
    {
      product: 'prowler/prowler',
      provider: 'prowler',
      name: 'Prowler',
      key: 'generator-id',
      field: null,
      prefix: 'prowler-',
      attackLabels: false,
    },
    {
      product: 'crowdstrike/crowdstrike-falcon',
      provider: 'crowdstrike',
      name: 'CrowdStrike Falcon',
      key: 'generator-id',
      field: null,
      prefix: null,
      attackLabels: true,
    },
  ],
  rules: [
    rule('config', 'restricted-ssh'),
    rule('config', 'encrypted-volumes'),
    rule('config', 'autoscaling-multiple-az'),
    rule('config', 'cloudtrail-enabled'),
    rule('config', 'tagged', 'too-generic'),
    rule('securityhub', 'CloudTrail.2'),
    rule('securityhub', 'CloudWatch.1'),
    rule('securityhub', 'IAM.20'),
    { ...rule('guardduty', 'Recon:EC2/Portscan'), kind: 'threat' },
  ],
  requirements: [
    { provider: 'securityhub', ruleKey: 'CloudTrail.2', requirement: 'NIST.800-53.r5 AU-9' },
    { provider: 'securityhub', ruleKey: 'CloudTrail.2', requirement: 'CIS AWS Foundations Benchmark v1.4.0/3.7' },
  ],
  aliases: [
    alias('config', 'CloudTrailEnabled', 'cloudtrail-enabled', 'same'),
    alias('config', 'autoscaling-multiple-az', 'autoscaling-multiple-az', 'ambiguous'),
    alias('securityhub', 'pci-dss/v/3.2.1/PCI.CloudTrail.1', 'CloudTrail.2', 'same'),
    alias(
      'securityhub',
      'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.1',
      'CloudWatch.1',
      'union',
    ),
    alias(
      'securityhub',
      'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.1',
      'IAM.20',
      'union',
    ),
    alias('guardduty', 'TTPs/Discovery/Recon:EC2-Portscan', 'Recon:EC2/Portscan', 'same'),
  ],
  links: [
    link('config', 'restricted-ssh', 'T1110'),
    link('config', 'restricted-ssh', 'T1040', ['TA0007']),
    link('config', 'encrypted-volumes', 'T1485'),
    link('config', 'autoscaling-multiple-az', 'T1485'),
    link('config', 'cloudtrail-enabled', 'T1078'),
    link('securityhub', 'CloudTrail.2', 'T1040'),
    link('securityhub', 'CloudWatch.1', 'T1078'),
    { ...link('securityhub', 'IAM.20', 'T1078'), score: 'significant' },
    link('securityhub', 'IAM.20', 'T1110'),
    { ...link('guardduty', 'Recon:EC2/Portscan', 'T1040', ['TA0007']), effect: 'detect' },
  ],
  standards: [],
  controls: [],
  controlTechniques: [
    { standard: 'nist', controlId: 'AC-17', techniqueId: 'T1040', source: 'predecessor' },
    { standard: 'nist', controlId: 'AC-2', techniqueId: 'T1040', source: 'predecessor' },
  ],
};

export const smallCatalogue = indexCatalogue(SMALL_CATALOGUE);
