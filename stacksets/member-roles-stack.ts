/** The roles that an account has for us. IAM is global, so that one stack in one Region is enough. */
import { Aws, type Environment, Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  CfnGroup,
  CfnManagedPolicy,
  CfnRole,
  Effect,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  CORRECT_ROLE,
  PUBLISHER_PATH,
  PUBLISH_ROLE,
  REMEDIATE_ROLE,
  REMEDIATOR_PATH,
  ROLE_PATH,
  sourceIdentityOf,
} from '../lambda/core/member-role.ts';
import { ISOLATION_GROUP } from '../lambda/remediation/actions/iam-user-isolation-group.ts';
import type { CorrectionStatement } from './correction-statements.ts';
import { type Coverage, coveredAccounts, limitResources } from './covered-accounts.ts';
import { fillInEach } from './fill-in.ts';
import { memberStackProps } from './member-template.ts';

/**
 * Characters of statements in one policy, of the 6,144 that IAM takes: so that an action more does not fill it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MOST_CHARACTERS = 4_800;

export interface MemberRolesStackProps {
  /** @default whatever account and Region it is deployed in */
  readonly env?: Environment;
  /** Whom the roles are for. */
  readonly hubAccount: string;
  readonly organizationId: string;
  /** Whether technique findings may be written in these accounts. */
  readonly publish: boolean;
  /** What remediation may do, in the form in which corrections say it. @default nothing, and no role for it */
  readonly remediate?: readonly CorrectionStatement[];
  /** Whether there is a group for users whom remediation isolates. @default none */
  readonly isolationGroup?: boolean;
  /** What corrections of AWS Config may do. @default nothing, and no role for them */
  readonly correct?: readonly CorrectionStatement[];
  readonly coverage: Coverage;
}

/** Each role by itself, so that an account which lets us write findings does not let us change anything. */
export class MemberRolesStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberRolesStackProps) {
    super(scope, id, memberStackProps('Virtual SOC: roles of a member account', props.env));
    const { publish, remediate = [], correct = [] } = props;
    const covered = coveredAccounts(this, props.coverage);
    if (publish) {
      this.addRole('Publish', {
        name: PUBLISH_ROLE,
        description: 'writes technique findings of this account',
        trust: trustOfHub(props, PUBLISHER_PATH),
        policies: [[ownFindings()]],
      });
    }
    if (remediate.length > 0) {
      this.addRole('Remediate', {
        name: REMEDIATE_ROLE,
        description: 'changes what remediation is told to',
        trust: trustOfHub(props, REMEDIATOR_PATH),
        policies: inPolicies(remediate),
      });
    }
    if (props.isolationGroup === true) this.addIsolationGroup();
    if (correct.length > 0) {
      this.addRole('Correct', {
        name: CORRECT_ROLE,
        description: 'corrections of AWS Config run with it',
        trust: trustOfAutomation(),
        policies: inPolicies(correct),
      });
    }
    limitResources(this, covered);
  }

  private addRole(
    id: string,
    role: {
      readonly name: string;
      readonly description: string;
      readonly trust: PolicyStatement;
      readonly policies: readonly (readonly PolicyStatement[])[];
    },
  ): void {
    const { ref } = new CfnRole(this, `${id}Role`, {
      path: ROLE_PATH,
      roleName: role.name,
      description: `Virtual SOC: ${role.description}`,
      assumeRolePolicyDocument: new PolicyDocument({ statements: [role.trust] }),
    });
    role.policies.forEach((statements, index) => {
      new CfnManagedPolicy(this, `${id}Policy${index === 0 ? '' : index + 1}`, {
        path: ROLE_PATH,
        description: `Virtual SOC: ${role.description}`,
        policyDocument: new PolicyDocument({ statements: [...statements] }),
        roles: [ref],
      });
    });
  }

  /** Where remediation puts a user whom an intruder may be using. It denies everything, and nobody is in it to begin with. */
  private addIsolationGroup(): void {
    const group = new CfnGroup(this, 'IsolationGroup', { path: ROLE_PATH, groupName: ISOLATION_GROUP });
    new CfnManagedPolicy(this, 'IsolationPolicy', {
      path: ROLE_PATH,
      description: 'Virtual SOC: denies everything to users whom remediation has isolated',
      policyDocument: new PolicyDocument({
        statements: [new PolicyStatement({ sid: 'Isolated', effect: Effect.DENY, actions: ['*'], resources: ['*'] })],
      }),
      groups: [group.ref],
    });
  }
}

/**
 * The functions of the hub that are below a path, with a source identity that CloudTrail keeps. It names the account and not a
 * role: IAM refuses a trust in a role that is not there yet, and one that was made anew is another role to it. The
 * organisation is said besides, so that a hub account that leaves it is let in no longer.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
function trustOfHub({ hubAccount, organizationId }: MemberRolesStackProps, path: string): PolicyStatement {
  return new PolicyStatement({
    principals: [new AccountPrincipal(hubAccount)],
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    conditions: {
      ArnLike: { 'aws:PrincipalArn': `arn:${Aws.PARTITION}:iam::${hubAccount}:role${path}*` },
      StringEquals: {
        'aws:PrincipalOrgID': organizationId,
        'sts:SourceIdentity': sourceIdentityOf({ accountId: hubAccount }),
      },
    },
  });
}

/**
 * Automation of Systems Manager, for executions of this account.
 *
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
 */
function trustOfAutomation(): PolicyStatement {
  return new PolicyStatement({
    principals: [new ServicePrincipal('ssm.amazonaws.com')],
    actions: ['sts:AssumeRole'],
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:ssm:*:${Aws.ACCOUNT_ID}:automation-execution/*` },
    },
  });
}

/** Statements in as few policies as hold them, in their order. Account and partition are shorter than what stands for them. */
function inPolicies(statements: readonly CorrectionStatement[]): PolicyStatement[][] {
  const policies: PolicyStatement[][] = [];
  let left = 0;
  for (const statement of statements) {
    const { length } = JSON.stringify(statement);
    if (length > left) {
      policies.push([]);
      left = MOST_CHARACTERS;
    }
    policies.at(-1)?.push(allow(statement));
    left -= length;
  }
  return policies;
}

function allow({ sid, effect, actions, resources, conditions }: CorrectionStatement): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: effect === 'Deny' ? Effect.DENY : Effect.ALLOW,
    actions: [...actions],
    resources: fillInEach(sid, [...resources]),
    ...(conditions === undefined ? {} : { conditions: fillInEach(sid, conditions) }),
  });
}

/** Findings of this account, under its own default product, in whatever Region their source is. */
function ownFindings(): PolicyStatement {
  return new PolicyStatement({
    sid: 'ImportFindings',
    actions: ['securityhub:BatchImportFindings'],
    resources: [`arn:${Aws.PARTITION}:securityhub:*:${Aws.ACCOUNT_ID}:product/${Aws.ACCOUNT_ID}/default`],
    conditions: { StringEquals: { 'securityhub:TargetAccount': Aws.ACCOUNT_ID } },
  });
}
