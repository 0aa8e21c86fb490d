/** Users and roles of findings, and what IAM answers about them. */
import type { Resource } from '../../lambda/core/finding.ts';
import { ACCOUNT } from './action-contract.ts';

export const USER_ARN = `arn:aws:iam::${ACCOUNT}:user/staff/alice`;
export const USER: Resource = { Type: 'AwsIamUser', Id: USER_ARN };
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/app/payments`;
export const ROLE: Resource = { Type: 'AwsIamRole', Id: ROLE_ARN };

/** What GetUser answers. */
export const userAnswer = (arn = USER_ARN) => ({
  'iam:GetUser': {
    User: { UserName: 'alice', UserId: 'AIDA1', Arn: arn, Tags: { member: [{ Key: 'team', Value: 'core' }] } },
  },
});

/** What GetRole answers. */
export const roleAnswer = (arn = ROLE_ARN) => ({
  'iam:GetRole': { Role: { RoleName: 'payments', RoleId: 'AROA1', Arn: arn } },
});

/** The access key of a principal, as GuardDuty's findings have it: without the principal's path. */
export function accessKey(
  principalType: string,
  principalName: string,
  accessKeyId = 'AKIAIOSFODNN7EXAMPLE',
): Resource {
  return {
    Type: 'AwsIamAccessKey',
    Id: `AWS::IAM::AccessKey:${accessKeyId}`,
    Details: { AwsIamAccessKey: { PrincipalType: principalType, PrincipalName: principalName } },
  };
}

/** Resources that no user of IAM stands behind. */
export const NO_USERS: readonly Resource[] = [
  ROLE,
  accessKey('Root', 'Root'),
  accessKey('AssumedRole', 'payments'),
  accessKey('IAMUser', '*'),
  { Type: 'AwsIamUser', Id: 'alice' },
];
