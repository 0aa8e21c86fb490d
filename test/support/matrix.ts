/** A catalogue of a few rows in which every state can occur, and evidence to vary. */
import type { CatalogueRows, LinkRow, RuleRow, TechniqueRow } from '../../lambda/core/catalogue.ts';
import { matrixCatalogue } from '../../lambda/core/matrix-catalogue.ts';
import type { Check, Evidence, OpenTechnique } from '../../lambda/core/technique-state.ts';
import { SMALL_CATALOGUE } from './small-catalogue.ts';

const summary = { summaryEn: 'What it is.', summaryEs: 'Qué es.' };

function technique(techniqueId: string, nameEn: string, own: Partial<TechniqueRow> = {}): TechniqueRow {
  const url = `https://attack.mitre.org/techniques/${techniqueId.replace('.', '/')}`;
  const parentId = techniqueId.includes('.') ? techniqueId.slice(0, 5) : null;
  const platforms = ['IaaS'];
  return {
    techniqueId,
    parentId,
    matrix: 'cloud',
    nameEn,
    nameEs: `${nameEn} (es)`,
    ...summary,
    platforms,
    url,
    ...own,
  };
}

function rule(provider: string, ruleKey: string, own: Partial<RuleRow> = {}): RuleRow {
  return {
    provider,
    ruleKey,
    kind: 'posture',
    status: 'active',
    notMappable: null,
    inherits: null,
    adviceEn: `Fix ${ruleKey}.`,
    adviceEs: `Corrija ${ruleKey}.`,
    ...own,
  };
}

function link(provider: string, ruleKey: string, techniqueId: string, own: Partial<LinkRow> = {}): LinkRow {
  return {
    provider,
    ruleKey,
    techniqueId,
    effect: 'protect',
    score: 'significant',
    tacticIds: [],
    rationale: 'Why.',
    source: 'judgement',
    ...own,
  };
}

/**
 * T1078 Valid Accounts (TA0001, TA0006) with T1078.004, T1110 Brute Force (TA0006), T1530 (TA0009, protected and never
 * detected), T1538 (TA0007, nothing native), T1055 (outside the cloud matrix).
 */
export const MATRIX_ROWS: CatalogueRows = {
  ...SMALL_CATALOGUE,
  tactics: [
    ...SMALL_CATALOGUE.tactics,
    {
      tacticId: 'TA0009',
      position: 13,
      shortname: 'collection',
      nameEn: 'Collection',
      nameEs: 'Recopilación',
      ...summary,
      url: 'https://attack.mitre.org/tactics/TA0009',
    },
  ],
  techniques: [
    technique('T1055', 'Process Injection', { matrix: 'off-matrix', platforms: ['Linux'] }),
    technique('T1078', 'Valid Accounts'),
    technique('T1078.004', 'Valid Accounts: Cloud Accounts', { platforms: ['IaaS', 'SaaS'] }),
    technique('T1110', 'Brute Force'),
    technique('T1530', 'Data from Cloud Storage'),
    technique('T1538', 'Cloud Service Dashboard'),
  ],
  techniqueTactics: [
    { techniqueId: 'T1055', tacticId: 'TA0001' },
    { techniqueId: 'T1078', tacticId: 'TA0001' },
    { techniqueId: 'T1078', tacticId: 'TA0006' },
    { techniqueId: 'T1078.004', tacticId: 'TA0001' },
    { techniqueId: 'T1078.004', tacticId: 'TA0006' },
    { techniqueId: 'T1110', tacticId: 'TA0006' },
    { techniqueId: 'T1530', tacticId: 'TA0009' },
    { techniqueId: 'T1538', tacticId: 'TA0007' },
  ],
  techniqueMitigations: [{ techniqueId: 'T1078', mitigationId: 'M1041' }],
  campaigns: [
    {
      campaignId: 'C0027',
      name: 'Night Walk',
      firstSeen: '2022-06-01',
      lastSeen: null,
      ...summary,
      url: 'https://attack.mitre.org/campaigns/C0027',
    },
  ],
  campaignTechniques: [
    { campaignId: 'C0027', techniqueId: 'T1078' },
    { campaignId: 'C0027', techniqueId: 'T1530' },
    { campaignId: 'C0027', techniqueId: 'T1055' },
  ],
  groups: [
    {
      groupId: 'G0016',
      name: 'APT29',
      aliases: ['Cozy Bear'],
      ...summary,
      url: 'https://attack.mitre.org/groups/G0016',
    },
  ],
  groupTechniques: [{ groupId: 'G0016', techniqueId: 'T1110' }],
  unlinkedTechniques: [
    {
      techniqueId: 'T1538',
      reason: 'no-native-detection',
      explanationEn: 'Nobody looks.',
      explanationEs: 'Nadie mira.',
    },
  ],
  redirects: [],
  rules: [
    rule('config', 'mfa'),
    rule('config', 'password-policy'),
    rule('config', 'trail'),
    rule('config', 'bucket-private'),
    rule('config', 'retired-mfa', { status: 'retired' }),
    rule('securityhub', 'GuardDuty.1'),
    rule('guardduty', 'Attack:Login', { kind: 'threat' }),
    rule('guardduty', 'Attack:Injection', { kind: 'threat' }),
  ],
  requirements: [],
  aliases: [],
  links: [
    link('config', 'mfa', 'T1078'),
    link('config', 'mfa', 'T1110'),
    link('config', 'password-policy', 'T1110', { score: 'partial' }),
    link('config', 'trail', 'T1078', { effect: 'detect', score: 'partial' }),
    link('config', 'bucket-private', 'T1530'),
    link('config', 'retired-mfa', 'T1110'),
    link('securityhub', 'GuardDuty.1', 'T1078.004', { effect: 'detect', score: 'partial' }),
    link('guardduty', 'Attack:Login', 'T1078', { effect: 'detect' }),
    link('guardduty', 'Attack:Login', 'T1110', { effect: 'detect' }),
    link('guardduty', 'Attack:Injection', 'T1055', { effect: 'detect' }),
  ],
  controlTechniques: [{ standard: 'nist', controlId: 'AC-2', techniqueId: 'T1078', source: 'predecessor' }],
};

export const MATRIX_CATALOGUE = matrixCatalogue(MATRIX_ROWS);

/** An account and Region that owns most of what tests are about. */
export const HERE = { accountId: '444455556666', region: 'eu-west-1' };
export const ELSEWHERE = { accountId: '777788889999', region: 'eu-central-1' };

/** The open finding of `mfa` about one user, which exposes T1078. */
export function openTechnique(changes: Partial<OpenTechnique> = {}): OpenTechnique {
  return {
    ...HERE,
    sourceKey: 'a'.repeat(64),
    techniqueId: 'T1078',
    tacticIds: ['TA0001', 'TA0006'],
    effect: 'protect',
    score: 'significant',
    severity: 'HIGH',
    provider: 'config',
    ruleKey: 'mfa',
    resourceIds: ['arn:aws:iam::444455556666:user/ana'],
    isSuppressed: false,
    ...changes,
  };
}

/** GuardDuty has seen an attack on T1078. */
export const THREAT = openTechnique({ provider: 'guardduty', ruleKey: 'Attack:Login', effect: 'detect' });

/** The check of a Config rule, which passed. */
export function check(ruleKey: string, changes: Partial<Check> = {}): Check {
  return { ...HERE, provider: 'config', ruleKey, outcome: 'passed', ...changes };
}

/** Evidence with nothing in it but this. */
export function evidence(some: Partial<Evidence> = {}): Evidence {
  return { open: [], checks: [], sensors: [], ...some };
}
