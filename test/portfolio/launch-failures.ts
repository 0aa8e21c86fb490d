/** What a launch of a template would fail with, if the launch role had the rights that it has. */
import {
  CUSTOM_RESOURCE,
  EVERY_LAUNCH,
  examplesOf,
  fillIn,
  type Installation,
  RESOURCE_TYPE_RIGHTS,
  type Right,
} from '../../portfolio/launch-rights.ts';
import { isAllowed, type ResolvedStatement, resolveStatement } from './iam-evaluator.ts';
import { type Resource, resourcesOf, type Statement, type Template } from './synthesis.ts';

/** Statements of the launch role's policies. */
export function launchPolicies(launchRole: Template, installation: Installation): ResolvedStatement[] {
  return resourcesOf(launchRole, 'AWS::IAM::ManagedPolicy')
    .filter(([id]) => !id.startsWith('Boundary'))
    .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
    .map((statement) => resolveStatement(statement, launchRole, installation));
}

/** What every request of the installation says. */
export function requestContext({ account, region }: Installation): Record<string, string> {
  return {
    'aws:RequestedRegion': region,
    'aws:ResourceAccount': account,
    'aws:PrincipalOrgID': 'o-exampleorgid',
  };
}

/** Rights that a template takes and statements do not give, and resource types that nobody has thought of. */
export function launchFailures(
  template: Template,
  statements: readonly ResolvedStatement[],
  installation: Installation,
): string[] {
  const missing = (what: string, rights: readonly Right[], tags: Readonly<Record<string, string>> = {}): string[] =>
    rights.flatMap(({ on, actions, request = {}, tagged }) => {
      const said = Object.entries(request).map(([key, value]) => [key, fillIn(value, installation)]);
      const context = {
        ...requestContext(installation),
        ...(Object.fromEntries(said) as Record<string, string>),
        ...(tagged ? tags : {}),
      };
      return actions.flatMap((action) =>
        examplesOf(on, installation)
          .filter((resource) => !isAllowed(statements, { action, resource, context }))
          .map((resource) => `${what}: ${action} on ${resource}`),
      );
    });
  const failures = Object.entries(template.Resources).flatMap(([id, resource]) => {
    const { Type, DeletionPolicy } = resource;
    const what = `${Type} (${id})`;
    const rights = Type.startsWith('Custom::') ? CUSTOM_RESOURCE : RESOURCE_TYPE_RIGHTS[Type];
    if (rights === undefined) return [`${what}: has no row in portfolio/launch-rights.ts`];
    const taken = DeletionPolicy === 'Retain' ? rights.keep : [...rights.keep, ...rights.remove];
    return missing(what, taken, tagsOf(resource, template));
  });
  return [...missing('every launch', [...EVERY_LAUNCH.keep, ...EVERY_LAUNCH.remove]), ...failures];
}

/** Tags of a resource, as a condition asks for them. A rule of a security group has those of its group. */
function tagsOf({ Properties = {} }: Resource, template: Template): Record<string, string> {
  const group = Properties['GroupId'] as { readonly 'Fn::GetAtt'?: readonly [string, string] } | undefined;
  const owner = template.Resources[group?.['Fn::GetAtt']?.[0] ?? ''];
  if (owner !== undefined) return tagsOf(owner, template);
  const tags = Array.isArray(Properties['Tags']) ? (Properties['Tags'] as { Key: string; Value: unknown }[]) : [];
  return Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, String(Value)]));
}
