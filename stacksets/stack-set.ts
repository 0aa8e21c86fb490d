/** A stack set for accounts of the organisation: whom it reaches, and how its operations run. */
import { CfnStackSet } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { MemberTemplate } from './member-template.ts';

export interface StackSetProps {
  /** Name that commands find it under. */
  readonly name: string;
  readonly description: string;
  readonly template: MemberTemplate;
  /** Answers to the questions of the template. @default none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whether a delegated administrator of StackSets deploys it, in place of the management account. */
  readonly delegatedAdministrator: boolean;
  readonly targets: Targets;
  readonly regions: readonly string[];
  /** Accounts that an operation works on at a time, in per cent of all. */
  readonly concurrencyPercentage: number;
  /**
   * How Regions follow each other. `in-order`: one after the other, where the first makes something that the others need.
   *
   * @default at the same time
   */
  readonly regionsInOrder?: boolean;
  /** ARNs of stack sets whose stack an account that joins gets before. @default none */
  readonly after?: readonly string[];
}

/** Accounts that a stack set reaches. */
export type Targets =
  /** All below these units and roots, now and when they join, but some. */
  | { readonly units: readonly string[]; readonly except: readonly string[] }
  /** Some below these units and roots, and none that joins. */
  | { readonly units: readonly string[]; readonly only: readonly string[] };

/**
 * A service-managed stack set. One failing account never fails the others: the operation goes on whatever fails, and `vsoc rollout
 * status` says what has. Operations that meet are queued.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
 */
export class StackSet extends Construct {
  /** `<name>:<id>`. */
  readonly stackSetId: string;

  constructor(scope: Construct, id: string, props: StackSetProps) {
    super(scope, id);
    const { template, targets, regions, regionsInOrder = false, after = [] } = props;
    const joining = 'except' in targets;
    const stackSet = new CfnStackSet(this, 'Resource', {
      stackSetName: props.name,
      description: props.description,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.delegatedAdministrator ? 'DELEGATED_ADMIN' : 'SELF',
      // Read by CloudFormation from there: in the request it would be part of the template around it, which is too small for it.
      templateUrl: template.url,
      ...(template.hasRoles ? { capabilities: ['CAPABILITY_NAMED_IAM'] } : {}),
      ...(props.parameters === undefined
        ? {}
        : {
            parameters: Object.entries(props.parameters).map(([parameterKey, parameterValue]) => ({
              parameterKey,
              parameterValue,
            })),
          }),
      autoDeployment: joining
        ? {
            enabled: true,
            retainStacksOnAccountRemoval: false,
            ...(after.length === 0 ? {} : { dependsOn: [...after] }),
          }
        : { enabled: false },
      managedExecution: { Active: true },
      operationPreferences: {
        failureTolerancePercentage: 100,
        maxConcurrentPercentage: props.concurrencyPercentage,
        concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
        ...(regionsInOrder
          ? { regionConcurrencyType: 'SEQUENTIAL', regionOrder: [...regions] }
          : { regionConcurrencyType: 'PARALLEL' }),
      },
      stackInstancesGroup: [{ deploymentTargets: deploymentTargets(targets), regions: [...regions] }],
    });
    this.stackSetId = stackSet.attrStackSetId;
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html */
function deploymentTargets(targets: Targets): CfnStackSet.DeploymentTargetsProperty {
  const organizationalUnitIds = [...targets.units];
  if ('only' in targets)
    return { organizationalUnitIds, accounts: [...targets.only], accountFilterType: 'INTERSECTION' };
  if (targets.except.length === 0) return { organizationalUnitIds };
  return { organizationalUnitIds, accounts: [...targets.except], accountFilterType: 'DIFFERENCE' };
}
