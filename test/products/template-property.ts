/** What a template says of one resource, which is named by its id without CDK's hash. */
import assert from 'node:assert/strict';
import { resourcesOf, type Template } from '../portfolio/synthesis.ts';

export function property(template: Template, type: string, idPrefix: string, name: string): unknown {
  const found = resourcesOf(template, type).find(([id]) => new RegExp(`^${idPrefix}[0-9A-F]{8}$`).test(id));
  assert.ok(found, `no ${type} ${idPrefix}`);
  return found[1].Properties[name];
}

/** A rule's pattern as it is in the hub account 444455556666 in eu-west-1, under one condition or none. */
export function patternOf(
  template: Template,
  idPrefix: string,
  condition?: 'FindingsAreV2' | 'PublishToOwner',
): Record<string, unknown> {
  const pattern = JSON.stringify(property(template, 'AWS::Events::Rule', idPrefix, 'EventPattern'));
  const values: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'eu-west-1',
    'AWS::AccountId': '444455556666',
  };
  return JSON.parse(pattern, (_, value: unknown) => {
    const {
      Ref,
      'Fn::Join': join,
      'Fn::If': choice,
    } = (value ?? {}) as { Ref?: string; 'Fn::Join'?: [string, string[]]; 'Fn::If'?: [string, unknown, unknown] };
    if (Ref !== undefined) return values[Ref];
    if (choice !== undefined) return choice[choice[0] === condition ? 1 : 2];
    return join === undefined ? value : join[1].join(join[0]);
  }) as Record<string, unknown>;
}
