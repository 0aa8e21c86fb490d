/** From a resource of a finding to what an action works on. */
import type { Resource } from '../core/finding.ts';
import type { Source, Subject } from './action.ts';

/** The parts of an ARN. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global services. */
  readonly region: string;
  /** Empty for S3 buckets, and for snapshots and images. */
  readonly accountId: string;
  /** What follows the account. */
  readonly resource: string;
}

/** Undefined for anything else, wildcards and white space included: it would widen the policy that it is put into. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):([^\s*?${}]+)$/.exec(text);
  if (!match) return undefined;
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = match;
  return { partition, service, region, accountId, resource };
}

/**
 * The subject of a resource that its ARN names.
 *
 * @param pattern of the ARN's last part, with a named group for each placeholder of the permissions
 */
export function subjectOfArn(
  { Id }: Pick<Resource, 'Id'>,
  source: Source,
  service: string,
  pattern: RegExp,
): Subject | undefined {
  const arn = parseArn(Id);
  const match = arn?.service === service ? pattern.exec(arn.resource) : undefined;
  if (!arn || !match) return undefined;
  return {
    resourceId: Id,
    accountId: arn.accountId || source.accountId,
    region: arn.region || source.region,
    partition: arn.partition,
    names: { ...match.groups },
    observedAt: source.updatedAt,
  };
}

/** The account itself: what a check of the whole account names (`AWS::::Account:<account>`). */
export function subjectOfAccount(
  { Id, Type }: Pick<Resource, 'Id' | 'Type'>,
  source: Source,
  names: Subject['names'] = {},
): Subject | undefined {
  const account =
    /^AWS::::Account:(\d{12})$/.exec(Id)?.[1] ?? (Type === 'AwsAccount' ? /^\d{12}$/.exec(Id)?.[0] : undefined);
  if (account === undefined) return undefined;
  return {
    resourceId: `AWS::::Account:${account}`,
    accountId: account,
    region: source.region,
    partition: source.partition,
    names,
    observedAt: source.updatedAt,
  };
}

/** The account of a finding, whichever resource it names: for settings of an account that a threat finding is about. */
export function subjectOfSourceAccount(source: Source, names: Subject['names'] = {}): Subject {
  return {
    resourceId: `AWS::::Account:${source.accountId}`,
    accountId: source.accountId,
    region: source.region,
    partition: source.partition,
    names,
    observedAt: source.updatedAt,
  };
}

/** `[{ Key, Value }]`, as most services list tags, or undefined where a reply has none to list. */
export function tagsOf(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((list ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}

/** A name of the subject that stands for one value. Throws where it does not, which is a defect of the action. */
export function nameOf({ names }: Pick<Subject, 'names'>, placeholder: string): string {
  const value = names[placeholder];
  if (typeof value !== 'string') throw new Error(`the subject has no {${placeholder}}`);
  return value;
}
