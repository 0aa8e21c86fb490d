import assert from 'node:assert/strict';
import { planAction } from '../../../../lambda/remediation/action-steps.ts';
import { rootAccessKeyAlert } from '../../../../lambda/remediation/actions/root-access-key-alert.ts';
import type { Session } from '../../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { ACCOUNT_RESOURCE, NOW, REGION, SOURCE, STANDARD, call } from '../../../support/action-contract.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

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

  const plan = () => {
    const subject = rootAccessKeyAlert.identify(ACCOUNT_RESOURCE, SOURCE);
    assert.ok(subject);
    return planAction(rootAccessKeyAlert, { subject, standard: STANDARD, now: NOW }, session);
  };
  const summary = (keys: number) => ({
    'iam:GetAccountSummary': { SummaryMap: { entry: [{ key: 'AccountAccessKeysPresent', value: keys }] } },
  });

  it('asks for a person where root has a key, since no call of the member role can remove it', async () => {
    services.answers = summary(1);

    const planned = await plan();

    assert.equal(planned.outcome, 'alert');
    assert.deepEqual(services.calls, [call('iam:GetAccountSummary')]);
  });

  it('is content where root has none', async () => {
    services.answers = summary(0);

    assert.equal((await plan()).outcome, 'already-compliant');
  });

  it('takes a refusal as a value', async () => {
    services.answers = { 'iam:GetAccountSummary': new ServiceError('AccessDenied', 403) };

    assert.equal((await plan()).outcome, 'denied');
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
