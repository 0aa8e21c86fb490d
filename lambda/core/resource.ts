/** Resources as they are copied into our findings: within what Security Hub accepts, whatever a source holds. */
import { MAX_RESOURCE_TYPE_LENGTH, cut } from './asff-limits.ts';
import type { Resource } from './finding.ts';

/** No ARN is longer. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const MAX_RESOURCE_ID_LENGTH = 2048;
/** No Region's code is longer. */
const MAX_REGION_LENGTH = 16;
const PARTITIONS = new Set<unknown>(['aws', 'aws-cn', 'aws-us-gov']);

/** What identifies a resource, and nothing that Security Hub might refuse. */
export interface ResourceIdentity {
  readonly Type: string;
  readonly Id: string;
  readonly Partition?: string;
  readonly Region?: string;
}

/** The identity of a resource; a Region or partition that is none is left out. */
export function identityOf(resource: Resource): ResourceIdentity {
  const { Partition, Region } = resource;
  return {
    Type: cut(resource.Type, MAX_RESOURCE_TYPE_LENGTH),
    Id: cut(resource.Id, MAX_RESOURCE_ID_LENGTH),
    ...(PARTITIONS.has(Partition) ? { Partition: Partition as string } : {}),
    ...(isText(Region) && Region.length <= MAX_REGION_LENGTH ? { Region } : {}),
  };
}

/** The resource with everything that its source says of it. Tags without a value are left out, since Security Hub refuses them. */
export function copyOf(resource: Resource): Record<string, unknown> {
  const { Tags, ...rest } = resource;
  const { Partition: _partition, Region: _region, ...described } = rest;
  const tags = isRecord(Tags) ? Object.entries(Tags).filter(([key, value]) => isText(key) && isText(value)) : [];
  return { ...described, ...identityOf(resource), ...(tags.length > 0 ? { Tags: Object.fromEntries(tags) } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
