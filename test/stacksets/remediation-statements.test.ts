import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import type { Permission } from '../../lambda/remediation/permission.ts';
import { remediationGrants, remediationStatements } from '../../stacksets/remediation-statements.ts';
import { rollout } from '../../stacksets/rollout-configuration.ts';

const HUB = '444455556666';
const IDS = ACTIONS.map(({ id }) => id);

/** What has no undo in the role, besides what has none at all: making public again is for a person. */
const KEPT_CLOSED = ['ami-private', 'ebs-snapshot-private', 'rds-cluster-snapshot-private', 'rds-snapshot-private'];

const statementsOf = (plan: readonly string[], apply: readonly string[]) =>
  remediationStatements(HUB, remediationGrants({ plan: [...plan], apply: [...apply] }));

/** Each action on each resource under its conditions, as one text. */
function rightsIn(statements: ReturnType<typeof statementsOf>): string[] {
  return statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ actions, resources, conditions }) =>
      actions.flatMap((action) => [...resources].map((resource) => JSON.stringify([action, resource, conditions]))),
    );
}

/** The same of what an action says that it needs, worked out apart from how the policy is made. */
function rightsOf(permissions: readonly Permission[]): string[] {
  const filled = (text: string) =>
    text
      .replaceAll('{partition}', '${AWS::Partition}')
      .replaceAll('{account}', '${AWS::AccountId}')
      .replace(/(?<!\$)\{\w+\}/g, '*');
  return permissions.flatMap(({ actions, resources, conditions = {} }) => {
    const known = Object.fromEntries(
      Object.entries(conditions).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, filled(value)])),
      ]),
    );
    const { StringEquals = {}, ...others } = known;
    const asked = {
      ...others,
      StringEquals: {
        'aws:SourceIdentity': `virtual-soc-${HUB}`,
        ...Object.fromEntries(Object.entries(StringEquals).filter(([, value]) => value !== '*')),
      },
    };
    return actions.flatMap((action) => resources.map((resource) => JSON.stringify([action, filled(resource), asked])));
  });
}

/** Keys in one order, so that equal conditions are equal texts. */
function sorted(rights: readonly string[]): string[] {
  const inOrder = (_: string, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  return [...new Set(rights.map((right) => JSON.stringify(JSON.parse(right), inOrder)))].sort();
}

describe('remediationStatements', () => {
  it('allow exactly what the named actions need, whichever they are', () => {
    fc.assert(
      fc.property(fc.subarray(IDS), fc.subarray(IDS), (plan, apply) => {
        const needed = ACTIONS.flatMap(({ id, permissions: { read, apply: change, undo }, irreversible }) => {
          if (!apply.includes(id)) return plan.includes(id) ? read : [];
          return [...read, ...change, ...(irreversible !== undefined || KEPT_CLOSED.includes(id) ? [] : undo)];
        });

        assert.deepEqual(sorted(rightsIn(statementsOf(plan, apply))), sorted(rightsOf(needed)));
      }),
      { numRuns: 200 },
    );
  });

  it('are none where nothing is named', () => {
    assert.deepEqual(statementsOf([], []), []);
  });

  it('let nothing be changed where actions are only planned, nor be denied, since there is nothing to deny', () => {
    const statements = statementsOf(IDS, []);

    assert.ok(statements.length > 0);
    for (const { effect, actions } of statements) {
      assert.equal(effect, 'Allow');
      for (const action of actions) assert.match(action, /:(?:Describe|Get|List)/);
    }
  });

  it('take a star for what neither costs money nor is of high risk', () => {
    const named = remediationGrants({ plan: [], apply: ['*'] }).map(({ action }) => action);

    assert.deepEqual(
      named,
      ACTIONS.filter(({ risk, cost }) => risk !== 'high' && cost === undefined),
    );
  });

  it('deny what no action may touch as soon as a principal may be changed', () => {
    const denied = (id: string) =>
      statementsOf([], [id])
        .filter(({ effect }) => effect === 'Deny')
        .flatMap(({ actions }) => actions);

    assert.deepEqual(denied('iam-user-quarantine'), ['iam:AttachUserPolicy', 'iam:DetachUserPolicy']);
    assert.deepEqual(denied('s3-bucket-versioning'), []);
  });
});

describe('the break-glass principals of a roll-out', () => {
  it('are denied to the role, whatever else it may', () => {
    const breakGlass = 'arn:aws:iam::*:role/break-glass-*';
    const grants = remediationGrants({ plan: [], apply: ['iam-role-session-revocation'] });

    const denials = remediationStatements(HUB, grants, [breakGlass]).filter(({ effect }) => effect === 'Deny');

    assert.equal(denials.length, 1);
    assert.deepEqual(denials[0]?.actions, ['iam:DeleteRolePolicy', 'iam:PutRolePolicy']);
    assert.ok([...(denials[0]?.resources ?? [])].includes(breakGlass));
  });
});

describe('rollout.memberRoles.remediate', () => {
  const example = { callAs: 'delegated-administrator', targets: ['r-exmp'], regions: ['eu-west-1'] };
  const problemsOf = (remediate: unknown) => {
    const { error } = rollout.safeParse({ ...example, memberRoles: { remediate } });
    return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  };

  it('is nothing by default', () => {
    assert.deepEqual(rollout.parse(example).memberRoles.remediate, { plan: [], apply: [], breakGlass: [] });
  });

  it('takes actions by name, and a star', () => {
    assert.deepEqual(problemsOf({ plan: ['*'], apply: ['s3-bucket-versioning'] }), []);
  });

  it('says what is wrong, and how it is written', () => {
    assert.deepEqual(problemsOf(true), [
      "memberRoles.remediate: must name actions, such as { plan: ['*'], apply: [] }",
    ]);
    assert.deepEqual(problemsOf({ apply: ['s3-bucket-deletion'] }), [
      'memberRoles.remediate.apply.0: there is no such action of remediation',
    ]);
  });
});
