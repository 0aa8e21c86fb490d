/**
 * Raises the account's password policy to the standard. The call is not partial: what it leaves out falls back to weak
 * defaults, so what is there is read first and whichever is stricter is kept, value by value.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
 */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { subjectOfAccount, subjectOfSourceAccount } from '../subject.ts';

/** Null where the account has none of its own, and passwords need eight characters. Numbers are null where nothing is set. */
type PasswordPolicy = {
  readonly MinimumPasswordLength: number;
  readonly RequireSymbols: boolean;
  readonly RequireNumbers: boolean;
  readonly RequireUppercaseCharacters: boolean;
  readonly RequireLowercaseCharacters: boolean;
  readonly AllowUsersToChangePassword: boolean;
  readonly MaxPasswordAge: number | null;
  readonly PasswordReusePrevention: number | null;
  readonly HardExpiry: boolean;
} | null;

/** With hard expiry, only an administrator can let somebody in again whose password has expired. */
const LOCKED_OUT =
  'who lets a password expire is locked out here (HardExpiry), so that the maximum age stays as it is; people have to lower it';

const REASON =
  'the password policy has no ARN: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html';

export const iamPasswordPolicy = action<PasswordPolicy>({
  id: 'iam-password-policy',
  title: "Raises the account's password policy to the standard",
  case: 'credential-access',
  techniques: ['T1110', 'T1552', 'T1556'],
  rules: {
    config: ['iam-password-policy'],
    securityhub: ['IAM.7', 'IAM.10', 'IAM.11', 'IAM.12', 'IAM.13', 'IAM.14', 'IAM.15', 'IAM.16'],
    guardduty: ['Stealth:IAMUser/PasswordPolicyChange'],
  },
  resourceTypes: ['AwsAccount', 'AwsIamAccessKey'],
  // New passwords have to be longer; nobody is locked out by it.
  risk: 'low',
  isGlobal: true,
  permissions: {
    read: [{ actions: ['iam:GetAccountPasswordPolicy'], resources: ['*'], reason: REASON }],
    apply: [{ actions: ['iam:UpdateAccountPasswordPolicy'], resources: ['*'], reason: REASON }],
    undo: [
      {
        actions: ['iam:UpdateAccountPasswordPolicy', 'iam:DeleteAccountPasswordPolicy'],
        resources: ['*'],
        reason: REASON,
      },
    ],
  },
  goneErrors: [],
  // GuardDuty names who weakened the policy; the policy is the account's.
  identify: (resource, source) =>
    subjectOfAccount(resource, source) ??
    (resource.Type === 'AwsIamAccessKey' ? subjectOfSourceAccount(source) : undefined),
  read: async (_subject, session) => {
    try {
      const { PasswordPolicy: policy } = await session.call('iam', 'GetAccountPasswordPolicy', {});
      const HardExpiry = policy?.HardExpiry ?? false;
      return {
        ...(HardExpiry ? { remark: LOCKED_OUT } : {}),
        state: {
          MinimumPasswordLength: policy?.MinimumPasswordLength ?? 6,
          RequireSymbols: policy?.RequireSymbols ?? false,
          RequireNumbers: policy?.RequireNumbers ?? false,
          RequireUppercaseCharacters: policy?.RequireUppercaseCharacters ?? false,
          RequireLowercaseCharacters: policy?.RequireLowercaseCharacters ?? false,
          AllowUsersToChangePassword: policy?.AllowUsersToChangePassword ?? false,
          MaxPasswordAge: policy?.MaxPasswordAge ?? null,
          PasswordReusePrevention: policy?.PasswordReusePrevention ?? null,
          HardExpiry,
        },
      };
    } catch (error) {
      if (error instanceof Error && /^NoSuchEntity/.test(error.name)) return { state: null };
      throw error;
    }
  },
  wanted: (state, { standard: { passwordPolicy: standard } }) => {
    const age = state?.MaxPasswordAge ?? null;
    const ages = [age, standard.maximumAge ?? null].filter((each) => each !== null);
    return {
      MinimumPasswordLength: Math.max(state?.MinimumPasswordLength ?? 0, standard.minimumLength),
      RequireSymbols: (state?.RequireSymbols ?? false) || standard.requireSymbols,
      RequireNumbers: (state?.RequireNumbers ?? false) || standard.requireNumbers,
      RequireUppercaseCharacters: (state?.RequireUppercaseCharacters ?? false) || standard.requireUppercase,
      RequireLowercaseCharacters: (state?.RequireLowercaseCharacters ?? false) || standard.requireLowercase,
      // Neither is a matter of strength. Without the first, nobody could choose a better password.
      AllowUsersToChangePassword: state?.AllowUsersToChangePassword ?? true,
      HardExpiry: state?.HardExpiry ?? false,
      // Whose password is older than that would be locked out at once.
      MaxPasswordAge: state?.HardExpiry || ages.length === 0 ? age : Math.min(...ages),
      PasswordReusePrevention: Math.max(state?.PasswordReusePrevention ?? 0, standard.preventReuse),
    };
  },
  change: (_subject, _from, to) => {
    if (to === null) return [apiCall('iam', 'DeleteAccountPasswordPolicy', {})];
    const { MaxPasswordAge, PasswordReusePrevention, ...rest } = to;
    return [
      apiCall('iam', 'UpdateAccountPasswordPolicy', {
        ...rest,
        ...(MaxPasswordAge === null ? {} : { MaxPasswordAge }),
        ...(PasswordReusePrevention === null ? {} : { PasswordReusePrevention }),
      }),
    ];
  },
});
