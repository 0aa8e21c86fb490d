/**
 * What AWS's Service Authorization Reference holds against a policy: mostly statements that say something and have no effect,
 * which nobody notices before a call is refused.
 */
import { canBe, fits } from './arn-pattern.ts';
import {
  type AuthorizationReference,
  knowsKey,
  type ReferenceAction,
  type ReferenceResource,
} from './authorization-reference.ts';
import type { Finding } from './explained-findings.ts';
import { policySets, type WrittenStatement, writtenStatements } from './policy-statements.ts';
import type { Template } from './template.ts';

/** Findings of every policy of a template. */
export function referenceFindings(name: string, template: Template, reference: AuthorizationReference): Finding[] {
  const statements = writtenStatements(template);
  const sets = policySets(template).map((ids) => statements.filter(({ logicalId }) => ids.has(logicalId)));
  return [
    ...statements.flatMap((statement) => findingsOf(name, statement, rulesOf(statement, reference))),
    ...sets.flatMap((set) => setFindings(name, set, reference)),
  ];
}

/** Findings of statements that one principal has together. */
export function policyFindingsOf(
  name: string,
  statements: readonly WrittenStatement[],
  reference: AuthorizationReference,
): Finding[] {
  return [
    ...statements.flatMap((statement) => findingsOf(name, statement, rulesOf(statement, reference))),
    ...setFindings(name, statements, reference),
  ];
}

function findingsOf(template: string, { logicalId }: WrittenStatement, rules: readonly string[]): Finding[] {
  return [...new Set(rules)].map((rule) => ({ check: 'iam-reference', rule, template, logicalId }));
}

function rulesOf(statement: WrittenStatement, reference: AuthorizationReference): string[] {
  const { actions, resources } = statement;
  // All actions of all services are nothing that a reference says anything of.
  const named = actions.filter((action) => action !== '*');
  const known = named.map((action) => ({ action, meant: reference.actionsLike(action) }));
  const strangers = resources.filter(
    (resource) =>
      resource !== '*' &&
      named.length === actions.length &&
      known.length > 0 &&
      !known.some(({ meant }) => meant.some((action) => typesOn([resource], action).length > 0)),
  );
  return [
    ...known.flatMap(({ action, meant }) =>
      meant.length === 0 ? [`no-such-action ${action}`] : actionRules(action, meant, statement),
    ),
    ...strangers.map((resource) => `resource-of-no-action ${resource}`),
  ];
}

/** A wildcard is held against its author where it is wrong for everything that it stands for. */
function actionRules(name: string, meant: readonly ReferenceAction[], statement: WrittenStatement): string[] {
  const { effect, ofIdentity, resources, conditions } = statement;
  const everywhere = resources.includes('*');
  const rules: string[] = [];
  if (resources.length > 0 && !everywhere) {
    if (meant.every((action) => action.resources.length === 0)) rules.push(`action-without-resource ${name}`);
    else if (meant.every((action) => typesOn(resources, action).length === 0))
      rules.push(`action-of-no-resource ${name}`);
  }
  if (everywhere && ofIdentity && effect === 'Allow' && meant.some((action) => action.resources.length > 0)) {
    rules.push(`any-resource ${name}`);
  }
  for (const { operator, key } of conditions) {
    if (meant.every((action) => !knowsKey(key, keysOf(resources, action)))) {
      rules.push(`unknown-condition ${name} ${operator} ${key}`);
    }
  }
  return rules;
}

function setFindings(name: string, set: readonly WrittenStatement[], reference: AuthorizationReference): Finding[] {
  const allowed = set.filter(({ effect, ofIdentity }) => effect === 'Allow' && ofIdentity);
  return allowed.flatMap((statement) => {
    const rules = statement.actions
      .filter((action) => !/[*?]/.test(action))
      .flatMap((action) => reference.actionsLike(action))
      .flatMap((action) => missingResources(action, allowed).map((type) => `resource-missing ${action.name} ${type}`));
    return findingsOf(name, statement, rules);
  });
}

/** Resources that every call of the action is on, and on which it is allowed nowhere. */
function missingResources(action: ReferenceAction, allowed: readonly WrittenStatement[]): string[] {
  const resources = allowed.filter((statement) => allows(statement, action.name)).flatMap(({ resources }) => resources);
  return action.resources
    .filter(({ required, arn }) => required && !resources.some((resource) => canBe(resource, arn)))
    .map(({ name }) => name);
}

function allows({ actions }: WrittenStatement, name: string): boolean {
  return actions.some((action) => fits(name, action));
}

/** Types of an action that resources of a policy can be of. */
function typesOn(resources: readonly string[], { resources: types }: ReferenceAction): readonly ReferenceResource[] {
  return types.filter(({ arn }) => resources.some((resource) => canBe(resource, arn)));
}

function keysOf(resources: readonly string[], action: ReferenceAction): readonly string[] {
  return [...action.conditionKeys, ...typesOn(resources, action).flatMap(({ conditionKeys }) => conditionKeys)];
}
