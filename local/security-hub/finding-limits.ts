/**
 * The limits of the AWS Security Finding Format, as data: one entry per attribute that has any.
 *
 * The published API model says most of this in prose only, so no SDK checks it. Keys are paths; `[]` stands for every
 * item of a list.
 *
 * Sources: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html and the pages of the
 * types it refers to; https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
 */

/** What an attribute must satisfy beyond its type. Lengths are in Unicode characters. */
export interface Limit {
  readonly minimumLength?: number;
  readonly maximumLength?: number;
  readonly minimumItems?: number;
  readonly maximumItems?: number;
  /** Of a map: entries, length of a key, length of a value. */
  readonly map?: { readonly entries: number; readonly key: number; readonly value: number };
  readonly integer?: { readonly minimum: number; readonly maximum: number };
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  readonly timestamp?: true;
}

/** Findings in one BatchImportFindings call. */
export const MAXIMUM_FINDINGS = 100;
/**
 * Bytes of one finding. AWS writes "240 KB" and leaves open what a KB is; the smaller reading cannot be wrong in
 * production.
 */
export const MAXIMUM_FINDING_BYTES = 240_000;
/** Bytes of one BatchImportFindings call ("6 MB", read in the same way). */
export const MAXIMUM_REQUEST_BYTES = 6_000_000;
/** The only schema version there is. */
export const SCHEMA_VERSION = '2018-10-08';

const TYPE_NAMESPACES = [
  'Software and Configuration Checks',
  'TTPs',
  'Effects',
  'Unusual Behaviors',
  'Sensitive Data Identifications',
];

const characters = (maximumLength: number): Limit => ({ maximumLength });
const items = (minimumItems: number, maximumItems: number): Limit => ({ minimumItems, maximumItems });
const integer = (minimum: number, maximum: number): Limit => ({ integer: { minimum, maximum } });
const oneOf = (...values: readonly string[]): Limit => ({ oneOf: values });
const timestamp: Limit = { timestamp: true };

const ratio = integer(0, 100);
const patches = integer(0, 100_000);
const severityLabel = oneOf('INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL');
const findingType: Limit = {
  // At most namespace/category/classifier, no part empty. Security Hub answers with this pattern (without the list of
  // namespaces, which its documentation gives as the only valid ones).
  pattern: new RegExp(`^(?:${TYPE_NAMESPACES.join('|')})(?:/[^/]+){0,2}$`),
};

/** The limits of a finding, by attribute path. */
export const FINDING_LIMITS: Readonly<Record<string, Limit>> = {
  SchemaVersion: oneOf(SCHEMA_VERSION),
  Id: characters(512),
  ProductArn: { minimumLength: 12, maximumLength: 2048 },
  ProductName: characters(128),
  CompanyName: characters(128),
  Region: characters(16),
  GeneratorId: characters(512),
  AwsAccountId: { pattern: /^\d{12}$/ },
  AwsAccountName: characters(50),
  Types: items(0, 50),
  'Types[]': findingType,
  FirstObservedAt: timestamp,
  LastObservedAt: timestamp,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
  ProcessedAt: timestamp,
  'Severity.Label': severityLabel,
  'Severity.Normalized': ratio,
  'Severity.Original': characters(64),
  Confidence: ratio,
  Criticality: ratio,
  Title: characters(256),
  Description: characters(1024),
  'Remediation.Recommendation.Text': characters(512),
  ProductFields: { map: { entries: 50, key: 128, value: 2048 } },
  UserDefinedFields: { map: { entries: 50, key: 128, value: 1024 } },
  Malware: items(0, 5),
  'Malware[].Name': characters(64),
  'Malware[].Path': characters(512),
  'Malware[].Type': oneOf(
    'ADWARE',
    'BLENDED_THREAT',
    'BOTNET_AGENT',
    'COIN_MINER',
    'EXPLOIT_KIT',
    'KEYLOGGER',
    'MACRO',
    'POTENTIALLY_UNWANTED',
    'SPYWARE',
    'RANSOMWARE',
    'REMOTE_ACCESS',
    'ROOTKIT',
    'TROJAN',
    'VIRUS',
    'WORM',
  ),
  'Malware[].State': oneOf('OBSERVED', 'REMOVAL_FAILED', 'REMOVED'),
  'Network.Direction': oneOf('IN', 'OUT'),
  'Network.Protocol': characters(16),
  'Network.SourceDomain': characters(128),
  'Network.DestinationDomain': characters(128),
  'NetworkPath[].ComponentId': characters(32),
  'NetworkPath[].ComponentType': characters(32),
  'NetworkPath[].Egress.Protocol': characters(16),
  'NetworkPath[].Ingress.Protocol': characters(16),
  'Process.Name': characters(64),
  'Process.Path': characters(512),
  'Process.ParentPid': integer(0, 2_147_483_647),
  'Process.LaunchedAt': timestamp,
  'Process.TerminatedAt': timestamp,
  Threats: items(1, 32),
  'Threats[].Name': characters(128),
  'Threats[].Severity': characters(128),
  'Threats[].FilePaths': items(1, 5),
  'Threats[].FilePaths[].FilePath': characters(128),
  'Threats[].FilePaths[].FileName': characters(128),
  'Threats[].FilePaths[].ResourceId': characters(128),
  'Threats[].FilePaths[].Hash': characters(128),
  ThreatIntelIndicators: items(1, 5),
  'ThreatIntelIndicators[].Type': oneOf(
    'DOMAIN',
    'EMAIL_ADDRESS',
    'HASH_MD5',
    'HASH_SHA1',
    'HASH_SHA256',
    'HASH_SHA512',
    'IPV4_ADDRESS',
    'IPV6_ADDRESS',
    'MUTEX',
    'PROCESS',
    'URL',
  ),
  'ThreatIntelIndicators[].Value': characters(512),
  'ThreatIntelIndicators[].Category': oneOf(
    'BACKDOOR',
    'CARD_STEALER',
    'COMMAND_AND_CONTROL',
    'DROP_SITE',
    'EXPLOIT_SITE',
    'KEYLOGGER',
  ),
  'ThreatIntelIndicators[].LastObservedAt': timestamp,
  'ThreatIntelIndicators[].Source': characters(64),
  Resources: items(1, 32),
  'Resources[].Type': characters(256),
  'Resources[].Partition': oneOf('aws', 'aws-cn', 'aws-us-gov'),
  'Resources[].Region': characters(16),
  'Compliance.Status': oneOf('PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE'),
  'Compliance.RelatedRequirements': items(0, 32),
  VerificationState: oneOf('UNKNOWN', 'TRUE_POSITIVE', 'FALSE_POSITIVE', 'BENIGN_POSITIVE'),
  WorkflowState: oneOf('NEW', 'ASSIGNED', 'IN_PROGRESS', 'DEFERRED', 'RESOLVED'),
  'Workflow.Status': oneOf('NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED'),
  RecordState: oneOf('ACTIVE', 'ARCHIVED'),
  RelatedFindings: items(1, 10),
  'Note.Text': characters(512),
  'Note.UpdatedAt': timestamp,
  'Vulnerabilities[].Vendor.VendorCreatedAt': timestamp,
  'Vulnerabilities[].Vendor.VendorUpdatedAt': timestamp,
  'Vulnerabilities[].FixAvailable': oneOf('YES', 'NO', 'PARTIAL'),
  'Vulnerabilities[].ExploitAvailable': oneOf('YES', 'NO'),
  'PatchSummary.Id': characters(256),
  'PatchSummary.InstalledCount': patches,
  'PatchSummary.MissingCount': patches,
  'PatchSummary.FailedCount': patches,
  'PatchSummary.InstalledOtherCount': patches,
  'PatchSummary.InstalledRejectedCount': patches,
  'PatchSummary.InstalledPendingReboot': patches,
  'PatchSummary.OperationStartTime': timestamp,
  'PatchSummary.OperationEndTime': timestamp,
  'PatchSummary.RebootOption': characters(256),
  'PatchSummary.Operation': characters(256),
  'Action.ActionType': oneOf('NETWORK_CONNECTION', 'AWS_API_CALL', 'DNS_REQUEST', 'PORT_PROBE'),
  'Action.NetworkConnectionAction.RemotePortDetails.PortName': characters(128),
  'Action.NetworkConnectionAction.LocalPortDetails.PortName': characters(128),
  'Action.NetworkConnectionAction.Protocol': characters(64),
  'Action.AwsApiCallAction.Api': characters(128),
  'Action.AwsApiCallAction.ServiceName': characters(128),
  'Action.AwsApiCallAction.DomainDetails.Domain': characters(128),
  'Action.AwsApiCallAction.FirstSeen': timestamp,
  'Action.AwsApiCallAction.LastSeen': timestamp,
  'Action.DnsRequestAction.Domain': characters(128),
  'Action.DnsRequestAction.Protocol': characters(64),
  'Action.PortProbeAction.PortProbeDetails[].LocalPortDetails.PortName': characters(128),
  'FindingProviderFields.Confidence': ratio,
  'FindingProviderFields.Criticality': ratio,
  'FindingProviderFields.RelatedFindings': items(1, 10),
  'FindingProviderFields.Severity.Label': severityLabel,
  'FindingProviderFields.Severity.Original': characters(64),
  'FindingProviderFields.Types': items(0, 50),
  'FindingProviderFields.Types[]': findingType,
  'GeneratorDetails.Labels': items(0, 10),
};

/** The limits of a BatchUpdateFindings request, by attribute path: those of a finding where both have the attribute. */
export const UPDATE_LIMITS: Readonly<Record<string, Limit>> = {
  FindingIdentifiers: items(1, 100),
  'Note.Text': characters(512),
  'Severity.Label': severityLabel,
  'Severity.Normalized': ratio,
  Confidence: ratio,
  Criticality: ratio,
  Types: items(0, 50),
  'Types[]': findingType,
  UserDefinedFields: { map: { entries: 50, key: 128, value: 1024 } },
  VerificationState: oneOf('UNKNOWN', 'TRUE_POSITIVE', 'FALSE_POSITIVE', 'BENIGN_POSITIVE'),
  'Workflow.Status': oneOf('NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED'),
  RelatedFindings: items(1, 10),
};

/** The limits of a GetFindings request, by attribute path. Filters have their own rules. */
export const QUERY_LIMITS: Readonly<Record<string, Limit>> = {
  MaxResults: integer(1, 100),
  'SortCriteria[].SortOrder': oneOf('asc', 'desc'),
};
