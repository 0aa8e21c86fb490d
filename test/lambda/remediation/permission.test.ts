import assert from 'node:assert/strict';
import { ACTIONS } from '../../../lambda/remediation/actions.ts';
import { iamActionOf } from '../../../lambda/remediation/aws-call.ts';
import { SERVICES, type Service } from '../../../lambda/remediation/aws-call.ts';
import { memberRolePolicy, permissionsOf, sessionPolicy } from '../../../lambda/remediation/permission.ts';
import { SOURCE } from '../../support/action-contract.ts';
import { accessKey } from '../../support/principals.ts';

const NAMES = { partition: 'aws', account: '444455556666' };
const IDENTITY = 'virtual-soc-111122223333';
const everything = new Set(ACTIONS.map(({ id }) => id));
const policyOf = (ids: readonly string[], undoable: readonly string[] = ids) =>
  memberRolePolicy(
    ACTIONS.filter(({ id }) => ids.includes(id)).map((action) => ({
      action,
      steps: undoable.includes(action.id) ? ['apply', 'undo'] : ['apply'],
    })),
    IDENTITY,
    NAMES,
  );
const allowed = ({ Statement }: ReturnType<typeof memberRolePolicy>) =>
  Statement.filter(({ Effect }) => Effect === 'Allow');

describe('memberRolePolicy', () => {
  it('is exactly the union of what the enabled actions need', () => {
    for (const ids of [[...everything], ['kms-key-rotation'], ['iam-user-quarantine', 's3-bucket-versioning']]) {
      const needed = ACTIONS.filter(({ id }) => ids.includes(id)).flatMap((action) =>
        [...permissionsOf(action, 'apply'), ...action.permissions.undo].flatMap(({ actions }) => actions),
      );

      const granted = allowed(policyOf(ids)).flatMap(({ Action }) => Action);

      assert.deepEqual([...new Set(granted)].sort(), [...new Set(needed)].sort());
    }
  });

  it('grants undo only of those actions that it is asked for', () => {
    const granted = allowed(policyOf(['ebs-snapshot-private'], []));

    assert.deepEqual(
      granted.filter(({ Action }) => Action.includes('ec2:ModifySnapshotAttribute')).map(({ Condition }) => Condition),
      [{ StringEquals: { 'aws:SourceIdentity': IDENTITY, 'ec2:Remove/group': 'all' } }],
    );
  });

  it('grants nothing but in sessions of the hub, and names no action by a wildcard', () => {
    for (const { Action, Condition } of allowed(policyOf([...everything]))) {
      assert.equal(Condition?.['StringEquals']?.['aws:SourceIdentity'], IDENTITY);
      assert.ok(
        Action.every((name) => /^[a-z0-9-]+:[A-Z]\w+$/.test(name)),
        Action.join(),
      );
    }
  });

  it('asks for no value that is known only with a finding', () => {
    const asked = allowed(policyOf([...everything])).flatMap(({ Condition = {} }) =>
      Object.values(Condition).flatMap((tests) => Object.values(tests)),
    );

    assert.ok(asked.length > 0 && asked.every((value) => !/[*{}]/.test(value)), asked.join());
  });

  it('changes something on every resource only where AWS knows no narrower one', () => {
    const everywhere = allowed(policyOf([...everything]))
      .filter(({ Resource }) => Resource.includes('*'))
      .flatMap(({ Action }) => Action)
      .filter((name) => !/:(?:Describe|Get|List)/.test(name));

    assert.deepEqual([...new Set(everywhere)].sort(), [
      'config:StartConfigurationRecorder',
      'ec2:DisableSnapshotBlockPublicAccess',
      'ec2:EnableSnapshotBlockPublicAccess',
      'iam:DeleteAccountPasswordPolicy',
      'iam:UpdateAccountPasswordPolicy',
      's3:PutAccountPublicAccessBlock',
    ]);
  });

  it('denies every change of the principals that nothing may happen to, itself first', () => {
    const [denied] = policyOf([...everything]).Statement.filter(({ Effect }) => Effect === 'Deny');

    assert.ok(denied?.Resource.includes('arn:aws:iam::444455556666:role/virtual-soc/*'));
    const changes = allowed(policyOf([...everything]))
      // Adding to a group is authorised on the group alone: no policy can tell whom.
      .filter(({ Resource }) => Resource.some((arn) => /:(?:user|role)\//.test(arn)))
      .flatMap(({ Action }) => Action)
      .filter((name) => !/:(?:Get|List)/.test(name));
    assert.deepEqual([...(denied?.Action ?? [])].sort(), [...new Set(changes)].sort());
  });

  it('fits into one inline policy of a role, all actions and undos together', () => {
    // Characters without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert.ok(JSON.stringify(policyOf([...everything])).length < 10_240);
  });

  it('never lets monitoring be switched off, not even as an undo', () => {
    const granted = allowed(policyOf([...everything])).flatMap(({ Action }) => Action);

    assert.deepEqual(
      granted.filter((name) => /Stop|DeleteTrail|DeleteDetector|DisassociateFrom/.test(name)),
      [],
    );
    for (const id of ['cloudtrail-logging', 'config-recorder', 'guardduty-detector']) {
      assert.deepEqual(ACTIONS.find((action) => action.id === id)?.permissions.undo, [], id);
    }
  });
});

describe('sessionPolicy', () => {
  it('names each ARN that a user or role of unknown path may have, and no other', () => {
    const action = ACTIONS.find(({ id }) => id === 'iam-user-quarantine');
    const subject = action?.identify(accessKey('IAMUser', 'alice'), SOURCE);
    assert.ok(action && subject);

    const { Statement } = sessionPolicy(action, 'apply', subject);

    for (const { Resource } of Statement) {
      assert.deepEqual(Resource, ['arn:aws:iam::444455556666:user/*/alice', 'arn:aws:iam::444455556666:user/alice']);
    }
  });

  it('fails rather than leave a placeholder out', () => {
    const action = ACTIONS.find(({ id }) => id === 'kms-key-rotation');
    assert.ok(action);

    assert.throws(
      () => sessionPolicy(action, 'plan', { partition: 'aws', accountId: '1', region: 'r', names: {} }),
      /no \{key\}/,
    );
  });
});

describe('the operations that can be called', () => {
  it('are those that some action is permitted, and no more', async () => {
    const permitted = new Set(
      ACTIONS.flatMap((action) => [...permissionsOf(action, 'apply'), ...action.permissions.undo]).flatMap(
        ({ actions }) => actions,
      ),
    );

    for (const service of Object.keys(SERVICES) as Service[]) {
      const { commands } = await SERVICES[service]();
      for (const operation of Object.keys(commands)) {
        assert.ok(permitted.has(iamActionOf({ service, operation })), `${service}:${operation}`);
      }
    }
  });
});
