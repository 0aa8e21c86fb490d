import assert from 'node:assert/strict';
import { planAction } from '../../../../lambda/remediation/action-steps.ts';
import { rootAccessKeyAlert } from '../../../../lambda/remediation/actions/root-access-key-alert.ts';
import type { Session } from '../../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { planWithinScope } from '../../../../lambda/remediation/scoped-plan.ts';
import {
  ACCOUNT,
  ACCOUNT_RESOURCE,
  NOW,
  REGION,
  SOURCE,
  STANDARD,
  call,
  configurationFor,
} from '../../../support/action-contract.ts';
import { ATTEMPTS, ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

describe('root-access-key-alert', () => {
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

  const aim = () => {
    const subject = rootAccessKeyAlert.identify(ACCOUNT_RESOURCE, SOURCE);
    assert.ok(subject);
    return { subject, standard: STANDARD, now: NOW };
  };
  const plan = () => planAction(rootAccessKeyAlert, aim(), session);
  const ASKED = call('iam:GetAccountSummary');
  const THROTTLED = new ServiceError('Throttling');
  const summary = (keys: number) => ({
    'iam:GetAccountSummary': { SummaryMap: { entry: [{ key: 'AccountAccessKeysPresent', value: keys }] } },
  });

  it('asks for a person where root has a key, since no call of the member role can remove it', async () => {
    services.answers = summary(1);

    const planned = await plan();

    assert.equal(planned.outcome, 'alert');
    assert.deepEqual(services.calls, [ASKED]);
  });

  it('is content where root has none', async () => {
    services.answers = summary(0);

    assert.equal((await plan()).outcome, 'already-compliant');
    assert.deepEqual(services.calls, [ASKED]);
  });

  it('takes a refusal as a value', async () => {
    services.answers = { 'iam:GetAccountSummary': new ServiceError('AccessDenied', 403) };

    assert.equal((await plan()).outcome, 'denied');
    assert.deepEqual(services.calls, [ASKED]);
  });

  it('asks a throttled service again', async () => {
    services.answers = { 'iam:GetAccountSummary': [THROTTLED, summary(1)['iam:GetAccountSummary']] };

    assert.equal((await plan()).outcome, 'alert');
    assert.deepEqual(services.calls, [ASKED, ASKED]);
  });

  it('throws where the service stays throttled: nobody is told that root has no key', async () => {
    services.answers = { 'iam:GetAccountSummary': THROTTLED };

    await assert.rejects(plan(), { name: 'Throttling' });
    assert.deepEqual(services.calls, Array(ATTEMPTS).fill(ASKED));
  });

  for (const exception of [{ accounts: [ACCOUNT] }, { resources: [ACCOUNT_RESOURCE.Id] }]) {
    it(`is not taken where an exception for its ${Object.keys(exception).join()} says so: no call is made`, async () => {
      services.answers = summary(1);
      const exceptions = [{ ...exception, owner: 'payments', reason: 'audit', expires: '2027-01-31' }];

      const planned = await planWithinScope(
        rootAccessKeyAlert,
        aim(),
        configurationFor(rootAccessKeyAlert, { exceptions }),
        () => Promise.resolve(undefined),
        () => Promise.resolve(session),
      );

      assert.equal(planned.outcome, 'exempt');
      assert.deepEqual(services.calls, []);
    });
  }

  it('alerts where no exception says otherwise', async () => {
    services.answers = summary(1);

    const planned = await planWithinScope(
      rootAccessKeyAlert,
      aim(),
      configurationFor(rootAccessKeyAlert),
      () => Promise.resolve(undefined),
      () => Promise.resolve(awsSession({ ...services.client, region: REGION })),
    );

    assert.equal(planned.outcome, 'alert');
    assert.deepEqual(services.calls, [ASKED]);
  });

  it('may do nothing but read', () => {
    const { read, apply, undo } = rootAccessKeyAlert.permissions;

    assert.deepEqual(
      read.flatMap(({ actions }) => actions),
      ['iam:GetAccountSummary'],
    );
    assert.deepEqual([apply, undo], [[], []]);
  });
});
