/**
 * The attributes that GetFindings can filter by: where each one is in a finding.
 *
 * Source: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFindingFilters.html
 */

/** The kinds of filter, as the API model names them. */
export type FilterKind = 'String' | 'Date' | 'Number' | 'Map' | 'Boolean' | 'Ip' | 'Keyword';

/** How a filter finds its values. */
export interface FilterAttribute {
  readonly kind: FilterKind;
  /** Members from the finding down; a list on the way stands for each of its items. */
  readonly path: readonly string[];
}

/** Where the attribute of the same name is, or of another name. */
const PATHS: Readonly<Record<FilterKind, Readonly<Record<string, string>>>> = {
  String: {
    ProductArn: 'ProductArn',
    AwsAccountId: 'AwsAccountId',
    AwsAccountName: 'AwsAccountName',
    Id: 'Id',
    GeneratorId: 'GeneratorId',
    Region: 'Region',
    Type: 'Types',
    SeverityLabel: 'Severity.Label',
    Title: 'Title',
    Description: 'Description',
    RecommendationText: 'Remediation.Recommendation.Text',
    SourceUrl: 'SourceUrl',
    ProductName: 'ProductName',
    CompanyName: 'CompanyName',
    MalwareName: 'Malware.Name',
    MalwareType: 'Malware.Type',
    MalwarePath: 'Malware.Path',
    MalwareState: 'Malware.State',
    NetworkDirection: 'Network.Direction',
    NetworkProtocol: 'Network.Protocol',
    NetworkSourceDomain: 'Network.SourceDomain',
    NetworkSourceMac: 'Network.SourceMac',
    NetworkDestinationDomain: 'Network.DestinationDomain',
    ProcessName: 'Process.Name',
    ProcessPath: 'Process.Path',
    ThreatIntelIndicatorType: 'ThreatIntelIndicators.Type',
    ThreatIntelIndicatorValue: 'ThreatIntelIndicators.Value',
    ThreatIntelIndicatorCategory: 'ThreatIntelIndicators.Category',
    ThreatIntelIndicatorSource: 'ThreatIntelIndicators.Source',
    ThreatIntelIndicatorSourceUrl: 'ThreatIntelIndicators.SourceUrl',
    ResourceType: 'Resources.Type',
    ResourceId: 'Resources.Id',
    ResourcePartition: 'Resources.Partition',
    ResourceRegion: 'Resources.Region',
    ResourceProvider: 'Resources.Provider',
    ResourceOwnerAccountId: 'Resources.Owner.Account.Id',
    ResourceOwnerOrgId: 'Resources.Owner.Org.Id',
    ResourceApplicationName: 'Resources.ApplicationName',
    ResourceApplicationArn: 'Resources.ApplicationArn',
    ResourceAwsEc2InstanceType: 'Resources.Details.AwsEc2Instance.Type',
    ResourceAwsEc2InstanceImageId: 'Resources.Details.AwsEc2Instance.ImageId',
    ResourceAwsEc2InstanceKeyName: 'Resources.Details.AwsEc2Instance.KeyName',
    ResourceAwsEc2InstanceIamInstanceProfileArn: 'Resources.Details.AwsEc2Instance.IamInstanceProfileArn',
    ResourceAwsEc2InstanceVpcId: 'Resources.Details.AwsEc2Instance.VpcId',
    ResourceAwsEc2InstanceSubnetId: 'Resources.Details.AwsEc2Instance.SubnetId',
    ResourceAwsS3BucketOwnerId: 'Resources.Details.AwsS3Bucket.OwnerId',
    ResourceAwsS3BucketOwnerName: 'Resources.Details.AwsS3Bucket.OwnerName',
    ResourceAwsIamAccessKeyUserName: 'Resources.Details.AwsIamAccessKey.UserName',
    ResourceAwsIamAccessKeyPrincipalName: 'Resources.Details.AwsIamAccessKey.PrincipalName',
    ResourceAwsIamAccessKeyStatus: 'Resources.Details.AwsIamAccessKey.Status',
    ResourceAwsIamUserUserName: 'Resources.Details.AwsIamUser.UserName',
    ResourceContainerName: 'Resources.Details.Container.Name',
    ResourceContainerImageId: 'Resources.Details.Container.ImageId',
    ResourceContainerImageName: 'Resources.Details.Container.ImageName',
    ComplianceStatus: 'Compliance.Status',
    ComplianceSecurityControlId: 'Compliance.SecurityControlId',
    ComplianceAssociatedStandardsId: 'Compliance.AssociatedStandards.StandardsId',
    ComplianceSecurityControlParametersName: 'Compliance.SecurityControlParameters.Name',
    ComplianceSecurityControlParametersValue: 'Compliance.SecurityControlParameters.Value',
    VerificationState: 'VerificationState',
    WorkflowState: 'WorkflowState',
    WorkflowStatus: 'Workflow.Status',
    RecordState: 'RecordState',
    RelatedFindingsProductArn: 'RelatedFindings.ProductArn',
    RelatedFindingsId: 'RelatedFindings.Id',
    NoteText: 'Note.Text',
    NoteUpdatedBy: 'Note.UpdatedBy',
    FindingProviderFieldsRelatedFindingsId: 'FindingProviderFields.RelatedFindings.Id',
    FindingProviderFieldsRelatedFindingsProductArn: 'FindingProviderFields.RelatedFindings.ProductArn',
    FindingProviderFieldsSeverityLabel: 'FindingProviderFields.Severity.Label',
    FindingProviderFieldsSeverityOriginal: 'FindingProviderFields.Severity.Original',
    FindingProviderFieldsTypes: 'FindingProviderFields.Types',
    VulnerabilitiesExploitAvailable: 'Vulnerabilities.ExploitAvailable',
    VulnerabilitiesFixAvailable: 'Vulnerabilities.FixAvailable',
  },
  Date: {
    FirstObservedAt: 'FirstObservedAt',
    LastObservedAt: 'LastObservedAt',
    CreatedAt: 'CreatedAt',
    UpdatedAt: 'UpdatedAt',
    ProcessLaunchedAt: 'Process.LaunchedAt',
    ProcessTerminatedAt: 'Process.TerminatedAt',
    ThreatIntelIndicatorLastObservedAt: 'ThreatIntelIndicators.LastObservedAt',
    ResourceAwsEc2InstanceLaunchedAt: 'Resources.Details.AwsEc2Instance.LaunchedAt',
    ResourceAwsIamAccessKeyCreatedAt: 'Resources.Details.AwsIamAccessKey.CreatedAt',
    ResourceContainerLaunchedAt: 'Resources.Details.Container.LaunchedAt',
    NoteUpdatedAt: 'Note.UpdatedAt',
  },
  Number: {
    SeverityProduct: 'Severity.Product',
    SeverityNormalized: 'Severity.Normalized',
    Confidence: 'Confidence',
    Criticality: 'Criticality',
    NetworkSourcePort: 'Network.SourcePort',
    NetworkDestinationPort: 'Network.DestinationPort',
    ProcessPid: 'Process.Pid',
    ProcessParentPid: 'Process.ParentPid',
    FindingProviderFieldsConfidence: 'FindingProviderFields.Confidence',
    FindingProviderFieldsCriticality: 'FindingProviderFields.Criticality',
  },
  Map: {
    ProductFields: 'ProductFields',
    UserDefinedFields: 'UserDefinedFields',
    ResourceTags: 'Resources.Tags',
    ResourceDetailsOther: 'Resources.Details.Other',
  },
  Boolean: { Sample: 'Sample' },
  Ip: {
    NetworkSourceIpV4: 'Network.SourceIpV4',
    NetworkSourceIpV6: 'Network.SourceIpV6',
    NetworkDestinationIpV4: 'Network.DestinationIpV4',
    NetworkDestinationIpV6: 'Network.DestinationIpV6',
    ResourceAwsEc2InstanceIpV4Addresses: 'Resources.Details.AwsEc2Instance.IpV4Addresses',
    ResourceAwsEc2InstanceIpV6Addresses: 'Resources.Details.AwsEc2Instance.IpV6Addresses',
  },
  // A keyword may be anywhere.
  Keyword: { Keyword: '' },
};

/** Every attribute that findings can be filtered by, by its name in a request. */
export const FILTER_ATTRIBUTES: ReadonlyMap<string, FilterAttribute> = new Map(
  Object.entries(PATHS).flatMap(([kind, paths]) =>
    Object.entries(paths).map(([name, path]) => [
      name,
      { kind: kind as FilterKind, path: path === '' ? [] : path.split('.') },
    ]),
  ),
);

/** All values at a path: none where a member is missing, several where a list is on the way. */
export function valuesAt(value: unknown, path: readonly string[], depth = 0): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path, depth));
  const name = path[depth];
  if (name === undefined) return [value];
  if (typeof value !== 'object') return [];
  return valuesAt((value as Readonly<Record<string, unknown>>)[name], path, depth + 1);
}
