import assert from 'node:assert/strict';
import { planAction } from '../../../../lambda/remediation/action-steps.ts';
import { iamPasswordPolicy } from '../../../../lambda/remediation/actions/iam-password-policy.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { standardSchema } from '../../../../lambda/remediation/standard.ts';
import { ACCOUNT_RESOURCE, NOW, REGION, SOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError, startServices } from '../../../support/service-stand-in.ts';

/** Stricter than the standard in one thing, weaker in others. */
const MIXED = {
  MinimumPasswordLength: 20,
  RequireSymbols: false,
  RequireNumbers: true,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: true,
  AllowUsersToChangePassword: true,
  MaxPasswordAge: 60,
  PasswordReusePrevention: 5,
  HardExpiry: false,
};
const RAISED = { ...MIXED, RequireSymbols: true, RequireUppercaseCharacters: true, PasswordReusePrevention: 24 };
const answer = (policy: object) => ({ 'iam:GetAccountPasswordPolicy': { PasswordPolicy: policy } });
const update = (policy: Readonly<Record<string, unknown>>) =>
  call(
    'iam:UpdateAccountPasswordPolicy',
    Object.fromEntries(Object.entries(policy).map(([name, value]) => [name, String(value)])),
  );

// Whole policies, always: what the call leaves out would fall back to weak defaults.
keepsItsContract({
  action: iamPasswordPolicy,
  resource: ACCOUNT_RESOURCE,
  before: MIXED,
  after: RAISED,
  off: answer({ ...MIXED, ExpirePasswords: true }),
  on: answer({ ...RAISED, ExpirePasswords: true }),
  reads: [call('iam:GetAccountPasswordPolicy')],
  applies: [update(RAISED)],
  undoes: [update(MIXED)],
  undoesTo: [{ before: null, undoes: [call('iam:DeleteAccountPasswordPolicy')] }],
  gone: 'always there',
  foreign: [{ Type: 'AwsIamUser', Id: 'arn:aws:iam::444455556666:user/alice' }],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});

const FROM_NOTHING = {
  MinimumPasswordLength: 14,
  RequireSymbols: true,
  RequireNumbers: true,
  RequireUppercaseCharacters: true,
  RequireLowercaseCharacters: true,
  AllowUsersToChangePassword: true,
  HardExpiry: false,
  PasswordReusePrevention: 24,
};
keepsItsContract({
  action: iamPasswordPolicy,
  resource: ACCOUNT_RESOURCE,
  before: null,
  after: { ...FROM_NOTHING, MaxPasswordAge: null },
  off: { 'iam:GetAccountPasswordPolicy': new ServiceError('NoSuchEntity', 404) },
  on: answer(FROM_NOTHING),
  reads: [call('iam:GetAccountPasswordPolicy')],
  applies: [update(FROM_NOTHING)],
  undoes: [call('iam:DeleteAccountPasswordPolicy')],
  undoesTo: [{ before: MIXED, undoes: [update(MIXED)] }],
  gone: 'always there',
  foreign: [],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});

// Whose password is older than a new maximum could not sign in any more, so that the age stays, and people are told why.
describe('iam-password-policy, where who lets a password expire is locked out', () => {
  it('leaves the maximum age as it is, and says so', async () => {
    const services = await startServices(answer({ ...MIXED, HardExpiry: true }));
    const session = awsSession({ ...services.client, region: REGION });
    const subject = iamPasswordPolicy.identify(ACCOUNT_RESOURCE, SOURCE);
    const standard = standardSchema.parse({ passwordPolicy: { maximumAge: 30 } });

    const plan = subject && (await planAction(iamPasswordPolicy, { subject, standard, now: NOW }, session));

    session.close();
    await services.close();
    assert.ok(plan?.outcome === 'change');
    assert.deepEqual(plan.after, { ...RAISED, HardExpiry: true });
    assert.match(plan.remark ?? '', /locked out/);
  });
});
