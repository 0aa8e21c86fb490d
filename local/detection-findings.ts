/**
 * Technique findings as OCSF Detection Findings (class 2004), for Security Lake and SIEMs: the techniques stand in
 * `finding_info.attacks`. Every attribute that any OCSF 1.x requires of the class is there. https://schema.ocsf.io/
 */
import { parentTechniqueId } from '../lambda/core/attack.ts';
import type { CatalogueIndex } from '../lambda/core/catalogue-index.ts';
import { partitionOf } from '../lambda/core/security-hub-target.ts';
import type { SeverityLabel } from '../lambda/core/severity.ts';
import type { OwnFinding } from './own-findings.ts';

/** The version that AWS itself writes most. */
const OCSF_VERSION = '1.5.0';
const CATEGORY_FINDINGS = 2;
const CLASS_DETECTION_FINDING = 2004;

const SEVERITIES: Readonly<Record<SeverityLabel, { readonly id: number; readonly name: string }>> = {
  INFORMATIONAL: { id: 1, name: 'Informational' },
  LOW: { id: 2, name: 'Low' },
  MEDIUM: { id: 3, name: 'Medium' },
  HIGH: { id: 4, name: 'High' },
  CRITICAL: { id: 5, name: 'Critical' },
};

/** One OCSF event for a technique finding, closed ones included: `activity_id` says whether it was created, updated or closed. */
export function detectionFinding(finding: OwnFinding, catalogue: CatalogueIndex): object {
  const { ProductFields: fields, Remediation } = finding;
  const account = fields['mitre/owner/account'] ?? finding.AwsAccountId;
  const region = fields['mitre/owner/region'] ?? '';
  const severity = SEVERITIES[finding.Severity.Label];
  const activity = activityOf(finding);
  const status = statusOf(finding);
  return {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: CATEGORY_FINDINGS,
    category_name: 'Findings',
    class_uid: CLASS_DETECTION_FINDING,
    class_name: 'Detection Finding',
    type_uid: CLASS_DETECTION_FINDING * 100 + activity.id,
    type_name: `Detection Finding: ${activity.name}`,
    time: Date.parse(finding.UpdatedAt),
    severity_id: severity.id,
    severity: severity.name,
    status_id: status.id,
    status: status.name,
    message: finding.Description,
    metadata: {
      version: OCSF_VERSION,
      profiles: ['cloud'],
      product: { name: finding.ProductName, vendor_name: finding.CompanyName, uid: finding.ProductArn },
    },
    cloud: { provider: 'AWS', account: { uid: account, type: 'AWS Account', type_id: 10 }, region },
    finding_info: {
      uid: finding.Id,
      title: finding.Title,
      desc: finding.Description,
      created_time: Date.parse(finding.CreatedAt),
      modified_time: Date.parse(finding.UpdatedAt),
      ...(finding.FirstObservedAt === undefined ? {} : { first_seen_time: Date.parse(finding.FirstObservedAt) }),
      types: finding.Types,
      product_uid: finding.ProductArn,
      src_url: Remediation.Recommendation.Url,
      analytic: {
        uid: fields['mitre/trigger/rule'] ?? finding.GeneratorId,
        name: `${fields['mitre/trigger/service'] ?? ''} ${fields['mitre/trigger/rule'] ?? ''}`.trim(),
        type_id: 1,
        type: 'Rule',
      },
      attacks: attacksOf(finding, catalogue),
      related_events: (finding.RelatedFindings ?? []).map(({ Id }) => ({ uid: Id })),
    },
    remediation: { desc: Remediation.Recommendation.Text, references: [Remediation.Recommendation.Url] },
    resources: (finding.Resources as { Id: string; Type: string; Region?: string }[]).map((resource) => ({
      uid: resource.Id,
      type: resource.Type,
      region: resource.Region ?? region,
      cloud_partition: partitionOf(region),
      owner: { account: { uid: account } },
    })),
    unmapped: { 'mitre/copyright': catalogue.copyright },
  };
}

/** One entry for each tactic; a sub-technique stands below its technique. */
function attacksOf({ ProductFields: fields }: OwnFinding, catalogue: CatalogueIndex): object[] {
  const id = fields['mitre/technique'] ?? '';
  const parentId = parentTechniqueId(id);
  const named = (techniqueId: string) => ({
    uid: techniqueId,
    name: catalogue.techniques.get(techniqueId)?.name.en.split(': ').at(-1) ?? techniqueId,
  });
  const technique =
    parentId === undefined ? { technique: named(id) } : { technique: named(parentId), sub_technique: named(id) };
  return (fields['mitre/tactics'] ?? '')
    .split(';')
    .filter(Boolean)
    .map((tacticId) => ({
      version: catalogue.attackRelease,
      tactic: { uid: tacticId, name: catalogue.tactics.find((tactic) => tactic.id === tacticId)?.name.en ?? tacticId },
      ...technique,
    }));
}

function activityOf({ RecordState, CreatedAt, UpdatedAt }: OwnFinding): { id: number; name: string } {
  if (RecordState === 'ARCHIVED') return { id: 3, name: 'Close' };
  return CreatedAt === UpdatedAt ? { id: 1, name: 'Create' } : { id: 2, name: 'Update' };
}

function statusOf({ RecordState, Workflow }: OwnFinding): { id: number; name: string } {
  if (Workflow.Status === 'SUPPRESSED') return { id: 3, name: 'Suppressed' };
  if (RecordState === 'ARCHIVED' || Workflow.Status === 'RESOLVED') return { id: 4, name: 'Resolved' };
  return Workflow.Status === 'NOTIFIED' ? { id: 2, name: 'In Progress' } : { id: 1, name: 'New' };
}
