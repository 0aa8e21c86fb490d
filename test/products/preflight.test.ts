import assert from 'node:assert/strict';
import { resourcesOf, statementsOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from '../portfolio/synthesis.ts';

describe('the preflight of the product', () => {
  let template: Template;
  let id: string;
  let properties: Readonly<Record<string, unknown>>;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
    const [[found, resource] = []] = resourcesOf(template, 'Custom::VirtualSocPreflight');
    assert.ok(found !== undefined && resource !== undefined);
    [id, properties] = [found, resource.Properties];
  });

  it('comes before everything but what it runs on', () => {
    const early = Object.keys(template.Resources).filter((other) => !requiredBy(template, other).has(id));

    assert.ok(early.length < 10);
    assert.deepEqual(
      early.filter((other) => !other.startsWith('Preflight')),
      [],
    );
  });

  it('needs nothing of the rest', () => {
    assert.ok([...requiredBy(template, id)].every((other) => other.startsWith('Preflight')));
  });

  it('runs again whenever an answer changes, and keeps the e-mail address to itself', () => {
    const answers = (properties['Answers'] as { Ref: string }[]).map(({ Ref }) => Ref);

    assert.deepEqual(
      answers,
      Object.keys(template.Parameters).filter((name) => name !== 'AlarmEmail'),
    );
  });

  it('runs again with each version of its code', () => {
    assert.match(properties['Asset'] as string, /^[0-9a-f]{64}\.zip$/);
  });

  it('may look, and change nothing', () => {
    const actions = statementsOf(template)
      .filter(([policy]) => policy.startsWith('PreflightHandlerPermissions'))
      .flatMap(([, { Action }]) => Action)
      .filter((action) => !/^(logs|xray):/.test(action));

    assert.ok(actions.length > 5);
    for (const action of actions) assert.match(action, /^(securityhub|events):(Describe|Get|List)/);
  });

  it('says in the outputs what it found', () => {
    for (const [output, attribute] of [
      ['PreflightFacts', 'Facts'],
      ['PreflightWarnings', 'Warnings'],
    ] as const) {
      assert.deepEqual((template.Outputs[output] as { Value: unknown }).Value, { 'Fn::GetAtt': [id, attribute] });
    }
  });
});

/** Ids of all resources that have to be there before this one is made, itself left out. */
function requiredBy(template: Template, id: string, found = new Set<string>()): Set<string> {
  const { DependsOn = [], Properties } = template.Resources[id] ?? {};
  for (const other of [...DependsOn, ...referencesOf(Properties)]) {
    if (!(other in template.Resources) || found.has(other)) continue;
    found.add(other);
    requiredBy(template, other, found);
  }
  return found;
}

function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref !== undefined) return [Ref];
  return attribute === undefined ? Object.values(value).flatMap(referencesOf) : [attribute[0]];
}
