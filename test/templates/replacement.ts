import type { PropertyType, ResourceProperties } from '@aws-cdk/service-spec-types';
import { definitionOf, isCustom, resourceType } from './service-spec.ts';
import { dependenciesOf, intrinsicOf, isObject, type Path, type Resource, type Template } from './template.ts';

/** A resource that an update makes anew, so that what the old one holds is gone from the stack. */
export interface Replacement {
  readonly logicalId: string;
  readonly type: string;
  /** Property whose change does it, such as `VpcConfig.SubnetIds`; `Type`, `Condition`, or `(removed)`. */
  readonly property: string;
  /** `maybe` is to be read as `yes`: whether it is one depends on values that only AWS knows. */
  readonly behaviour: 'yes' | 'maybe';
}

type Behaviour = 'yes' | 'maybe' | 'no';

/**
 * Resources that CloudFormation would replace, or remove, when a stack of one template is updated to another. What refers
 * to a replaced resource changes with it, and is followed. What a custom resource answers is taken to change with its
 * properties.
 */
export function replacedBy(before: Template, after: Template): Replacement[] {
  const direct = Object.entries(before.Resources).flatMap(([logicalId, old]): Replacement[] => {
    const { Type: type } = old;
    const updated = after.Resources[logicalId];
    if (updated === undefined) return [{ logicalId, type, property: '(removed)', behaviour: 'yes' }];
    if (updated.Type !== type) return [{ logicalId, type, property: 'Type', behaviour: 'yes' }];
    return replacementsOf(logicalId, type, changedPaths(old.Properties ?? {}, updated.Properties ?? {}));
  });
  const changedCustom = Object.entries(after.Resources)
    .filter(([id, { Type, Properties }]) => {
      const old = before.Resources[id];
      return isCustom(Type) && old !== undefined && changedPaths(old.Properties ?? {}, Properties ?? {}).length > 0;
    })
    .map(([id]) => id);
  return withFollowers(direct, changedCustom, after);
}

/** Resources that a change of one parameter's value would replace, make or remove. */
export function replacedByParameter(parameter: string, template: Template): Replacement[] {
  const decides = (value: unknown) => dependenciesOf(value, template).has(parameter);
  const direct = Object.entries(template.Resources).flatMap(([logicalId, resource]): Replacement[] => {
    const { Type: type, Properties = {}, Condition } = resource;
    const appears = Condition !== undefined && decides({ Condition });
    return [
      ...(appears ? [{ logicalId, type, property: 'Condition', behaviour: 'yes' } as const] : []),
      ...replacementsOf(logicalId, type, pathsWhere(Properties, decides)),
    ];
  });
  const changedCustom = Object.entries(template.Resources)
    .filter(([, { Type, Properties }]) => isCustom(Type) && decides(Properties))
    .map(([id]) => id);
  return withFollowers(direct, changedCustom, template);
}

/** Adds what is replaced because it refers to something that is, until nothing more is. */
function withFollowers(
  direct: readonly Replacement[],
  changedCustom: readonly string[],
  template: Template,
): Replacement[] {
  const found = [...direct];
  const changed = new Set([...changedCustom, ...direct.map(({ logicalId }) => logicalId)]);
  const seen = new Set(direct.map(({ logicalId, property }) => `${logicalId}.${property}`));
  for (let more = true; more;) {
    more = false;
    for (const [logicalId, { Type, Properties = {} }] of Object.entries(template.Resources)) {
      const paths = pathsWhere(Properties, (value) => namesOneOf(value, changed, template));
      for (const replacement of replacementsOf(logicalId, Type, paths)) {
        const key = `${logicalId}.${replacement.property}`;
        if (seen.has(key)) continue;
        seen.add(key);
        changed.add(logicalId);
        found.push(replacement);
        more = true;
      }
    }
  }
  return found;
}

function namesOneOf(value: unknown, ids: ReadonlySet<string>, template: Template): boolean {
  return [...dependenciesOf(value, template)].some((name) => ids.has(name));
}

function replacementsOf(logicalId: string, type: string, paths: readonly Path[]): Replacement[] {
  const found = paths
    .map((path) => ({
      property: path.filter((part) => typeof part === 'string').join('.'),
      behaviour: behaviourOf(type, path),
    }))
    .filter((change): change is { property: string; behaviour: 'yes' | 'maybe' } => change.behaviour !== 'no')
    .map((change) => ({ logicalId, type, ...change }));
  return [...new Map(found.map((replacement) => [replacement.property, replacement])).values()];
}

/** What a change at a path of a type's properties does, as `@aws-cdk/aws-service-spec` has it. */
export function behaviourOf(type: string, path: Path): Behaviour {
  const resource = resourceType(type);
  if (resource === undefined) {
    if (isCustom(type)) return path[0] === 'ServiceToken' ? 'yes' : 'no';
    throw new Error(`${type} is no type of resource`);
  }
  const listed = (resource.additionalReplacementProperties ?? []).some((prefix) =>
    prefix.every((name, index) => path.filter((part) => typeof part === 'string')[index] === name),
  );
  return listed ? 'yes' : alongPath(resource.properties, path);
}

function alongPath(properties: ResourceProperties, [name, ...rest]: Path): Behaviour {
  const property = properties[String(name)];
  if (property === undefined) return 'no';
  return worst([property.causesReplacement ?? 'no', belowType(property.type, rest)]);
}

function belowType(type: PropertyType, path: Path): Behaviour {
  if (type.type === 'array' || type.type === 'map') return belowType(type.element, path.slice(1));
  if (type.type === 'union') return worst(type.types.map((alternative) => belowType(alternative, path)));
  if (type.type !== 'ref') return 'no';
  const { properties } = definitionOf(type);
  // A change of the whole changes each of its parts. Types that hold themselves are not followed twice.
  if (path.length === 0)
    return worst(Object.values(properties).map(({ causesReplacement = 'no' }) => causesReplacement));
  return alongPath(properties, path);
}

function worst(behaviours: readonly Behaviour[]): Behaviour {
  if (behaviours.includes('yes')) return 'yes';
  return behaviours.includes('maybe') ? 'maybe' : 'no';
}

/** Paths at which two values differ, as deep as they can be told. */
export function changedPaths(before: unknown, after: unknown, path: Path = []): Path[] {
  const composite = (value: unknown) => value === undefined || (isObject(value) && intrinsicOf(value) === undefined);
  if (isObject(before ?? after) && composite(before) && composite(after)) {
    const [left, right] = [before ?? {}, after ?? {}] as [Record<string, unknown>, Record<string, unknown>];
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.flatMap((name) => changedPaths(left[name], right[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [left, right] = [before as unknown[], after as unknown[]];
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
      changedPaths(left[index], right[index], [...path, index]),
    ).flat();
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

/** Paths of the computed values that a condition holds for. */
function pathsWhere(value: unknown, holds: (value: unknown) => boolean, path: Path = []): Path[] {
  if (intrinsicOf(value) !== undefined) return holds(value) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((part, index) => pathsWhere(part, holds, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) => pathsWhere(part, holds, [...path, name]));
}

/** Types that hold what cannot be made again. */
const STATEFUL = ['AWS::RDS::DBInstance', 'AWS::RDS::DBCluster', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::S3::Bucket'];

export function isStateful({ Type }: Pick<Resource, 'Type'>): boolean {
  return STATEFUL.includes(Type);
}
