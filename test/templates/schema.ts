import type { PropertyType, ResourceProperties } from '@aws-cdk/service-spec-types';
import { Deprecation } from '@aws-cdk/service-spec-types';
import { definitionOf, isCustom, resourceType } from './service-spec.ts';
import {
  intrinsicOf,
  isNoValue,
  isObject,
  type Parameter,
  type Path,
  referencesOf,
  type Resource,
  type Template,
} from './template.ts';

/** What CloudFormation, or the service behind it, would refuse. */
export interface Mistake {
  /** Where: logical id and path, such as `Queue.VisibilityTimeout`. */
  readonly where: string;
  readonly what: string;
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
];

const RESOURCE_FIELDS = [
  'Type',
  'Properties',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'UpdatePolicy',
  'CreationPolicy',
  'Condition',
  'Metadata',
];

/**
 * Types that DeletionPolicy Snapshot works for.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
const WITH_SNAPSHOTS = [
  'AWS::DocDB::DBCluster',
  'AWS::EC2::Volume',
  'AWS::ElastiCache::CacheCluster',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::Neptune::DBCluster',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::Redshift::Cluster',
];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html */
const PSEUDO_PARAMETERS = [
  'AccountId',
  'NoValue',
  'NotificationARNs',
  'Partition',
  'Region',
  'StackId',
  'StackName',
  'URLSuffix',
].map((name) => `AWS::${name}`);

/** Functions that return a list, and those that return a text or a number. Of the others it depends on their argument. */
const LISTS = ['Fn::GetAZs', 'Fn::Split', 'Fn::Cidr'];
const SCALARS = ['Fn::Join', 'Fn::Sub', 'Fn::Base64', 'Fn::ToJsonString', 'Fn::Length', 'Fn::ImportValue'];

/** Everything in a template that does not fit CloudFormation's schema, as `@aws-cdk/aws-service-spec` has it. */
export function schemaMistakes(template: Template): Mistake[] {
  return [
    ...Object.keys(template)
      .filter((section) => !SECTIONS.includes(section))
      .map((section) => ({ where: section, what: 'is no section of a template' })),
    ...Object.entries(template.Parameters ?? {}).flatMap(([name, parameter]) => parameterMistakes(name, parameter)),
    ...Object.entries(template.Resources).flatMap(([id, resource]) => resourceMistakes(id, resource, template)),
    ...['Conditions', 'Rules', 'Outputs'].flatMap((section) =>
      referenceMistakes(section, template[section as keyof Template], template),
    ),
  ];
}

function resourceMistakes(id: string, resource: Resource, template: Template): Mistake[] {
  const { Type, Properties = {}, DependsOn = [], DeletionPolicy, UpdateReplacePolicy, Condition } = resource;
  const mistakes: Mistake[] = [
    ...Object.keys(resource)
      .filter((field) => !RESOURCE_FIELDS.includes(field))
      .map((field) => ({ where: `${id}.${field}`, what: 'is no field of a resource' })),
    ...[DependsOn]
      .flat()
      .filter((name) => !(name in template.Resources))
      .map((name) => ({ where: `${id}.DependsOn`, what: `${name} is no resource` })),
    ...[DeletionPolicy, UpdateReplacePolicy]
      .filter((policy) => policy === 'Snapshot' && !WITH_SNAPSHOTS.includes(Type))
      .map(() => ({ where: id, what: `no snapshot can be made of ${Type}` })),
    ...referenceMistakes(id, Properties, template),
  ];
  if (Condition !== undefined && !(Condition in (template.Conditions ?? {}))) {
    mistakes.push({ where: `${id}.Condition`, what: `${Condition} is no condition` });
  }
  if (isCustom(Type)) {
    if (!('ServiceToken' in Properties)) mistakes.push({ where: `${id}.ServiceToken`, what: 'is required' });
    return mistakes;
  }
  const type = resourceType(Type);
  if (type === undefined) return [...mistakes, { where: id, what: `${Type} is no type of resource` }];
  return [...mistakes, ...propertyMistakes(Properties, type.properties, [id], template)];
}

function propertyMistakes(
  value: Readonly<Record<string, unknown>>,
  properties: ResourceProperties,
  path: Path,
  template: Template,
): Mistake[] {
  const missing = Object.entries(properties)
    .filter(([name, { required = false }]) => required && (value[name] === undefined || isNoValue(value[name])))
    .map(([name]) => ({ where: [...path, name].join('.'), what: 'is required' }));
  const wrong = Object.entries(value).flatMap(([name, part]) => {
    const where = [...path, name];
    if (isNoValue(part)) return [];
    const property = properties[name];
    if (property === undefined) return [{ where: where.join('.'), what: 'is no property' }];
    if (property.deprecated === Deprecation.WARN) return [{ where: where.join('.'), what: 'is deprecated' }];
    // A type that has changed is still taken in its older form.
    const types = [property.type, ...(property.previousTypes ?? [])];
    const attempts = types.map((type) => valueMistakes(part, type, where, template));
    return attempts.find((mistakes) => mistakes.length === 0) ?? attempts[0] ?? [];
  });
  return [...missing, ...wrong];
}

function valueMistakes(value: unknown, type: PropertyType, path: Path, template: Template): Mistake[] {
  const mistake = (what: string): Mistake[] => [{ where: path.join('.'), what }];
  const intrinsic = intrinsicOf(value);
  if (type.type === 'json') return isObject(value) || Array.isArray(value) ? [] : mistake('is no JSON');
  if (type.type === 'union') {
    const attempts = type.types.map((alternative) => valueMistakes(value, alternative, path, template));
    return attempts.some((mistakes) => mistakes.length === 0) ? [] : (attempts[0] ?? []);
  }
  if (intrinsic?.name === 'Fn::If') {
    const [, ...alternatives] = intrinsic.argument as unknown[];
    return alternatives.flatMap((alternative) =>
      isNoValue(alternative) ? [] : valueMistakes(alternative, type, path, template),
    );
  }
  if (intrinsic !== undefined) {
    const shape = shapeOf(intrinsic.name, intrinsic.argument, template);
    if (shape === 'list' && type.type !== 'array') return mistake('is a list');
    if (shape === 'scalar' && ['array', 'map', 'ref', 'tag'].includes(type.type)) return mistake(`is no ${type.type}`);
    return [];
  }
  switch (type.type) {
    case 'string':
    case 'date-time':
      if (typeof value !== 'string') return mistake('is no text');
      if (type.type === 'string' && type.allowedValues !== undefined && !type.allowedValues.includes(value)) {
        return mistake(`${value} is none of ${type.allowedValues.join(', ')}`);
      }
      return [];
    case 'integer':
      return Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value))
        ? []
        : mistake('is no integer');
    case 'number':
      return typeof value === 'number' ? [] : mistake('is no number');
    case 'boolean':
      return typeof value === 'boolean' || value === 'true' || value === 'false'
        ? []
        : mistake('is neither true nor false');
    case 'null':
      return value === null ? [] : mistake('is not null');
    case 'tag':
      return isObject(value) && 'Key' in value && 'Value' in value ? [] : mistake('is no tag');
    case 'array':
      if (!Array.isArray(value)) return mistake('is no list');
      return value.flatMap((part, index) =>
        isNoValue(part) ? [] : valueMistakes(part, type.element, [...path, index], template),
      );
    case 'map':
      if (!isObject(value)) return mistake('is no map');
      return Object.entries(value).flatMap(([key, part]) =>
        isNoValue(part) ? [] : valueMistakes(part, type.element, [...path, key], template),
      );
    case 'ref':
      if (!isObject(value)) return mistake(`is no ${definitionOf(type).name}`);
      return propertyMistakes(value, definitionOf(type).properties, path, template);
  }
}

/** Whether a function returns a list, as far as it can be told. */
function shapeOf(name: string, argument: unknown, template: Template): 'list' | 'scalar' | 'unknown' {
  if (LISTS.includes(name)) return 'list';
  if (SCALARS.includes(name)) return 'scalar';
  if (name !== 'Ref') return 'unknown';
  if (argument === 'AWS::NotificationARNs') return 'list';
  const parameter = template.Parameters?.[String(argument)];
  return parameter !== undefined && /List/.test(parameter.Type) ? 'list' : 'scalar';
}

/** What a value names must be there: parameters, resources and their attributes, conditions, mappings. */
function referenceMistakes(where: string, value: unknown, template: Template): Mistake[] {
  return referencesOf(value).flatMap(({ kind, name, attribute = '' }): Mistake[] => {
    const { Parameters = {}, Conditions = {}, Mappings = {}, Resources } = template;
    if (kind === 'condition') return name in Conditions ? [] : [{ where, what: `${name} is no condition` }];
    if (kind === 'mapping') return name in Mappings ? [] : [{ where, what: `${name} is no mapping` }];
    if (kind === 'ref') {
      if (name in Resources || name in Parameters || PSEUDO_PARAMETERS.includes(name)) return [];
      return [{ where, what: `${name} is neither resource nor parameter` }];
    }
    const resource = Resources[name];
    if (resource === undefined) return [{ where, what: `${name} is no resource` }];
    const attributes = resourceType(resource.Type)?.attributes;
    if (isCustom(resource.Type) || attributes === undefined || attribute in attributes) return [];
    return [{ where, what: `${attribute} is no attribute of ${resource.Type}` }];
  });
}

/** A default that its own parameter would refuse, and limits that no value meets. */
function parameterMistakes(name: string, parameter: Parameter): Mistake[] {
  const { Type, Default, AllowedValues, AllowedPattern, MinValue, MaxValue } = parameter;
  const mistakes: Mistake[] = [];
  const say = (what: string) => mistakes.push({ where: `Parameters.${name}`, what });
  if (!/^(String|Number|CommaDelimitedList|List<[\w:]+>|AWS::[\w:]+(<.+>)?)$/.test(Type)) say(`${Type} is no type`);
  if (AllowedPattern !== undefined && Type === 'Number') say('a number has no pattern');
  if (Default === undefined) return mistakes;
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(String(Default))) {
    say(`the default ${Default} is not allowed`);
  }
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(String(Default))) {
    say(`the default ${Default} does not match`);
  }
  if (MinValue !== undefined && Number(Default) < MinValue) say(`the default ${Default} is less than ${MinValue}`);
  if (MaxValue !== undefined && Number(Default) > MaxValue) say(`the default ${Default} is more than ${MaxValue}`);
  return mistakes;
}
