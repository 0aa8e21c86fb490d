import assert from 'node:assert/strict';
import type { Session } from '../../../lambda/remediation/aws-call.ts';
import { dynamodbDeletionProtection } from '../../../lambda/remediation/actions/dynamodb-deletion-protection.ts';
import { iamUserQuarantine } from '../../../lambda/remediation/actions/iam-user-quarantine.ts';
import { attempt } from '../../../lambda/remediation/remediate.ts';
import { standardSchema } from '../../../lambda/remediation/standard.ts';
import { SOURCE } from '../../support/action-contract.ts';

const AIM = { standard: standardSchema.parse({}), now: new Date('2026-11-01T12:00:00.000Z') };
const TABLE = dynamodbDeletionProtection.identify(
  { Type: 'AwsDynamoDbTable', Id: `arn:aws:dynamodb:eu-west-1:${SOURCE.accountId}:table/orders` },
  SOURCE,
);
const OFF = { DeletionProtectionEnabled: false };
const ON = { DeletionProtectionEnabled: true };

/** An error as the SDK throws it. */
const named = (name: string, $fault: 'client' | 'server' = 'server') =>
  Object.assign(new Error(name), { name, $fault });

/** A table whose service obeys or not, and answers the change with an error in either case. */
function tableSession(error: Error, isObeyed: boolean): Session {
  let state = OFF;
  return {
    call: (_service: string, operation: string) =>
      Promise.resolve(operation === 'DescribeTable' ? { Table: { TableStatus: 'ACTIVE', ...state } } : { Tags: [] }),
    make: () => {
      if (isObeyed) state = ON;
      return Promise.reject(error);
    },
    close: () => undefined,
  };
}

async function attempted(error: Error, isObeyed: boolean) {
  assert.ok(TABLE);
  const session = tableSession(error, isObeyed);
  return attempt(dynamodbDeletionProtection, { subject: TABLE, ...AIM }, { before: OFF, after: ON }, () =>
    Promise.resolve(session),
  );
}

describe('a change that was not answered', () => {
  for (const name of ['TimeoutError', 'InternalServerError', 'ServiceUnavailable', 'RequestTimeout']) {
    it(`is applied where it is found to be made, and is tried again where not: ${name}`, async () => {
      const obeyed = await attempted(named(name), true);
      const ignored = await attempted(named(name), false);

      assert.deepEqual([obeyed.ending.status, obeyed.error], ['applied', undefined]);
      assert.equal(ignored.ending.status, 'failed');
      assert.ok(ignored.error);
    });
  }

  it('is no more than refused where the service says that the call is wrong', async () => {
    const { ending, error } = await attempted(named('ValidationException', 'client'), false);

    assert.deepEqual([ending.status, error], ['failed', undefined]);
    assert.match(ending.reason ?? '', /UpdateTable failed \(ValidationException\)/);
  });

  it('is for a person where a quota is full, which no retry mends', async () => {
    const principal = `arn:aws:iam::${SOURCE.accountId}:user/alice`;
    const subject = iamUserQuarantine.identify({ Type: 'AwsIamUser', Id: principal }, SOURCE);
    assert.ok(subject);
    const session: Session = {
      call: (_service: string, operation: string) =>
        Promise.resolve(
          operation === 'GetUser' ? { User: { Arn: principal } } : { AttachedPolicies: [], IsTruncated: false },
        ),
      make: () => Promise.reject(named('LimitExceededException', 'client')),
      close: () => undefined,
    };

    const { ending, error } = await attempt(
      iamUserQuarantine,
      { subject, ...AIM },
      { before: { isAttached: false }, after: { isAttached: true } },
      () => Promise.resolve(session),
    );

    assert.equal(error, undefined);
    assert.match(ending.reason ?? '', /a quota of the account is full/);
  });
});
