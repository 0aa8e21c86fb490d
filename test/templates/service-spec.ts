import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, Resource, ResourceProperties, SpecDatabase } from '@aws-cdk/service-spec-types';

let database: SpecDatabase | undefined;

function loaded(): SpecDatabase {
  database ??= loadAwsServiceSpecSync();
  return database;
}

/** A type of resource, as CloudFormation's registry describes it; undefined where there is none. */
export function resourceType(name: string): Resource | undefined {
  return loaded().lookup('resource', 'cloudFormationType', 'equals', name).at(0);
}

/** Name and properties of the type that a property refers to. */
export function definitionOf(type: Extract<PropertyType, { type: 'ref' }>): {
  readonly name: string;
  readonly properties: ResourceProperties;
} {
  return loaded().get('typeDefinition', type.reference);
}

/** Resources that a function of somebody's makes: CloudFormation knows nothing of their properties. */
export function isCustom(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}
