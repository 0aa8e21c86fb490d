/** A recorder of AWS Config, for accounts that have none. */
import { Aws, CfnCondition, CfnDeletionPolicy, type Environment, Fn, Stack } from 'aws-cdk-lib';
import { CfnConfigurationRecorder, CfnDeliveryChannel } from 'aws-cdk-lib/aws-config';
import { CfnServiceLinkedRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { coveredAccounts, limitResources } from './covered-accounts.ts';
import { memberStackProps } from './member-template.ts';

/**
 * Name of the recorder and of its delivery channel. AWS calls its own `default`, and an account has one of each in a Region: under
 * another name CloudFormation fails where there is one already, and cannot change it.
 *
 * Source: https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html
 */
export const RECORDER = 'virtual-soc';

export interface RecorderStackProps {
  /** @default whatever account and Region it is deployed in */
  readonly env?: Environment;
  /** Accounts that get one; no other does. */
  readonly accounts: readonly string[];
  /** Regions that get one, in the order in which they are deployed. */
  readonly regions: readonly string[];
  /** Where AWS Config delivers to. */
  readonly deliveryBucket: string;
  /** Whether the service-linked role of AWS Config is made first, in the first Region. */
  readonly createServiceLinkedRole: boolean;
  /** The Region in which IAM is recorded: in others the same would be recorded and paid for again. */
  readonly globalRegion: string;
}

/**
 * Recorder and delivery channel. Never where one exists: the stack fails there and is rolled back, which is what is wanted, since
 * nobody knows what a recorder of somebody else's is for.
 */
export class RecorderStack extends Stack {
  constructor(scope: Construct, id: string, props: RecorderStackProps) {
    super(scope, id, memberStackProps('Virtual SOC: recorder of AWS Config', props.env));
    const { accounts, deliveryBucket, globalRegion } = props;
    const covered = coveredAccounts(this, { only: accounts });

    new CfnCondition(this, 'RecordsIam', { expression: Fn.conditionEquals(Aws.REGION, globalRegion) });
    new CfnConfigurationRecorder(this, 'Recorder', {
      name: RECORDER,
      roleArn: props.createServiceLinkedRole ? this.makeRole(props, covered) : roleArn('AWSServiceRoleForConfig'),
      recordingGroup: { allSupported: true, includeGlobalResourceTypes: Fn.conditionIf('RecordsIam', true, false) },
    });
    // Neither waits for the other: a recorder is made when it records, and needs the channel for it.
    new CfnDeliveryChannel(this, 'DeliveryChannel', { name: RECORDER, s3BucketName: deliveryBucket });
    limitResources(this, covered);
  }

  /** Makes the service-linked role in the first Region. Its name is asked for there, so that the recorder waits for it. */
  private makeRole({ regions }: RecorderStackProps, covered: CfnCondition | undefined): string {
    const first = Fn.conditionEquals(Aws.REGION, regions[0] ?? '');
    const condition = new CfnCondition(this, 'MakesTheRole', {
      expression: covered === undefined ? first : Fn.conditionAnd(covered, first),
    });
    const role = new CfnServiceLinkedRole(this, 'ServiceLinkedRole', { awsServiceName: 'config.amazonaws.com' });
    role.cfnOptions.condition = condition;
    // Other recorders use it too, and IAM deletes none that is in use.
    role.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN;
    role.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    const name = Fn.conditionIf(condition.logicalId, role.attrRoleName, 'AWSServiceRoleForConfig');
    return roleArn(name.toString());
  }
}

function roleArn(name: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/config.amazonaws.com/${name}`;
}
