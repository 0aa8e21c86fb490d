import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyAction, planAction, undoAction } from '../../../lambda/remediation/action-steps.ts';
import { configRecorder } from '../../../lambda/remediation/actions/config-recorder.ts';
import { iamPasswordPolicy } from '../../../lambda/remediation/actions/iam-password-policy.ts';
import { iamRoleSessionRevocation } from '../../../lambda/remediation/actions/iam-role-session-revocation.ts';
import { iamUserQuarantine } from '../../../lambda/remediation/actions/iam-user-quarantine.ts';
import { rdsInstanceDeletionProtection } from '../../../lambda/remediation/actions/rds-instance-deletion-protection.ts';
import type { Action } from '../../../lambda/remediation/action.ts';
import type { Session } from '../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../lambda/remediation/member-session.ts';
import { standardSchema } from '../../../lambda/remediation/standard.ts';
import type { Resource } from '../../../lambda/core/finding.ts';
import { ACCOUNT_RESOURCE, NOW, REGION, SOURCE, STANDARD } from '../../support/action-contract.ts';
import { accessKey, roleAnswer, userAnswer } from '../../support/principals.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../support/service-stand-in.ts';

describe('plan, apply and undo', () => {
  let services: ServiceStandIn;
  let session: Session;

  before(async () => {
    services = await startServices();
    session = awsSession({ ...services.client, region: REGION });
  });
  after(() => {
    session.close();
    return services.close();
  });
  beforeEach(() => {
    services.calls.length = 0;
  });

  const aimAt = (action: Action, resource: Resource) => {
    const subject = action.identify(resource, SOURCE);
    assert.ok(subject);
    return { subject, standard: STANDARD, now: NOW };
  };

  describe('on users and roles that nothing may happen to', () => {
    it('stop at what IAM says, where the finding does not tell the path', async () => {
      for (const arn of [
        'arn:aws:iam::444455556666:role/aws-service-role/ecs.amazonaws.com/payments',
        'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/payments',
        'arn:aws:iam::444455556666:role/virtual-soc/payments',
      ]) {
        services.answers = { ...roleAnswer(arn), 'iam:GetRolePolicy': new ServiceError('NoSuchEntity', 404) };

        const plan = await planAction(
          iamRoleSessionRevocation,
          aimAt(iamRoleSessionRevocation, accessKey('AssumedRole', 'payments')),
          session,
        );

        assert.equal(plan.outcome, 'exempt', arn);
      }
    });

    it('stop where IAM does not say who it is', async () => {
      services.answers = {
        'iam:GetUser': { User: { UserName: 'alice' } },
        'iam:ListAttachedUserPolicies': { AttachedPolicies: {} },
      };

      const plan = await planAction(
        iamUserQuarantine,
        aimAt(iamUserQuarantine, accessKey('IAMUser', 'alice')),
        session,
      );

      assert.equal(plan.outcome, 'exempt');
    });

    it('ask nothing at all where the finding tells', async () => {
      const resource = { Type: 'AwsIamRole', Id: 'arn:aws:iam::444455556666:role/aws-service-role/x/y' };

      const aim = aimAt(iamRoleSessionRevocation, resource);
      const outcomes = [
        await planAction(iamRoleSessionRevocation, aim, session),
        await applyAction(iamRoleSessionRevocation, aim, { before: null, after: null }, session),
        await undoAction(iamRoleSessionRevocation, aim.subject, { before: null, after: null }, session),
      ];

      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ['exempt', 'exempt', 'exempt'],
      );
      assert.deepEqual(services.calls, []);
    });
  });

  it('say what is there where the second of several calls is refused', async () => {
    const recorders = (first: boolean) => ({
      ConfigurationRecordersStatus: [
        { name: 'first', recording: first },
        { name: 'second', recording: false },
      ],
    });
    services.answers = {
      'config:DescribeConfigurationRecorderStatus': [recorders(false), recorders(true)],
      'config:StartConfigurationRecorder': [{}, new ServiceError('AccessDeniedException')],
    };

    const changed = await applyAction(
      configRecorder,
      aimAt(configRecorder, ACCOUNT_RESOURCE),
      { before: { first: false, second: false }, after: { first: true, second: true } },
      session,
    );

    assert.equal(changed.outcome, 'failed');
    if (changed.outcome !== 'failed') return;
    assert.deepEqual(changed.now, { first: true, second: false });
    assert.deepEqual(
      changed.made.map(({ input }) => input['ConfigurationRecorderName']),
      ['first'],
    );
  });

  it('read the quarantine policy on the second page of a user', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3';
    services.answers = {
      ...userAnswer(),
      'iam:ListAttachedUserPolicies': [
        { IsTruncated: 'true', Marker: 'more', AttachedPolicies: {} },
        { IsTruncated: 'false', AttachedPolicies: { member: [{ PolicyName: 'q', PolicyArn }] } },
      ],
    };

    const plan = await planAction(iamUserQuarantine, aimAt(iamUserQuarantine, accessKey('IAMUser', 'alice')), session);

    assert.equal(plan.outcome, 'already-compliant');
  });

  it('say failed, and not that nothing happened, where a call is not understood', async () => {
    const described = (value: string) => ({
      DBInstances: { DBInstance: { DBInstanceIdentifier: 'ledger', DeletionProtection: value } },
    });
    services.answers = {
      'rds:DescribeDBInstances': described('false'),
      'rds:ModifyDBInstance': new ServiceError('InvalidDBInstanceState'),
    };

    const changed = await applyAction(
      rdsInstanceDeletionProtection,
      aimAt(rdsInstanceDeletionProtection, {
        Type: 'AwsRdsDbInstance',
        Id: 'arn:aws:rds:eu-west-1:444455556666:db:ledger',
      }),
      { before: { DeletionProtection: false }, after: { DeletionProtection: true } },
      session,
    );

    assert.equal(changed.outcome, 'failed');
    assert.match(
      changed.outcome === 'failed' ? changed.reason : '',
      /^ModifyDBInstance failed \(InvalidDBInstanceState/,
    );
  });
});

describe('iam-password-policy', () => {
  it('never makes anything weaker, whatever is there and whatever the standard is', () => {
    const policy = fc.record({
      MinimumPasswordLength: fc.integer({ min: 6, max: 128 }),
      RequireSymbols: fc.boolean(),
      RequireNumbers: fc.boolean(),
      RequireUppercaseCharacters: fc.boolean(),
      RequireLowercaseCharacters: fc.boolean(),
      AllowUsersToChangePassword: fc.boolean(),
      MaxPasswordAge: fc.option(fc.integer({ min: 1, max: 1095 })),
      PasswordReusePrevention: fc.option(fc.integer({ min: 1, max: 24 })),
      HardExpiry: fc.boolean(),
    });
    const standard = fc.record(
      {
        minimumLength: fc.integer({ min: 6, max: 128 }),
        requireSymbols: fc.boolean(),
        requireNumbers: fc.boolean(),
        requireUppercase: fc.boolean(),
        requireLowercase: fc.boolean(),
        maximumAge: fc.integer({ min: 1, max: 1095 }),
        preventReuse: fc.integer({ min: 1, max: 24 }),
      },
      { requiredKeys: [] },
    );
    const subject = iamPasswordPolicy.identify(ACCOUNT_RESOURCE, SOURCE);
    assert.ok(subject);
    type Policy = typeof policy extends fc.Arbitrary<infer T> ? T : never;

    fc.assert(
      fc.property(policy, standard, (before, passwordPolicy) => {
        const aim = { subject, standard: standardSchema.parse({ passwordPolicy }), now: NOW };
        const after = iamPasswordPolicy.wanted(before, aim) as Policy;

        assert.ok(after.MinimumPasswordLength >= before.MinimumPasswordLength);
        for (const name of [
          'RequireSymbols',
          'RequireNumbers',
          'RequireUppercaseCharacters',
          'RequireLowercaseCharacters',
        ] as const) {
          assert.ok(after[name] || !before[name]);
        }
        // With hard expiry, whose password is older than a new maximum could not sign in any more.
        if (before.HardExpiry) assert.equal(after.MaxPasswordAge, before.MaxPasswordAge);
        assert.ok((after.MaxPasswordAge ?? Infinity) <= (before.MaxPasswordAge ?? Infinity));
        assert.ok((after.PasswordReusePrevention ?? 0) >= (before.PasswordReusePrevention ?? 0));
        // What is met already stays as it is.
        assert.deepEqual(iamPasswordPolicy.wanted(after, aim), after);
      }),
    );
  });
});
