/** The services that can be turned on, through the AWS SDK. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConfigServiceClient,
  DescribeConfigurationRecordersCommand,
  DescribeConfigurationRecorderStatusCommand,
  DescribeDeliveryChannelsCommand,
  PutConfigurationRecorderCommand,
  PutDeliveryChannelCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import {
  CreateDetectorCommand,
  GetDetectorCommand,
  GuardDutyClient,
  ListDetectorsCommand,
} from '@aws-sdk/client-guardduty';
import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeHubCommand, EnableSecurityHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { SecurityHubTarget } from './core/security-hub-target.ts';
import type { ServiceSwitch } from './enable-services.ts';

const CLIENT = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};

/** Of the recorder and the delivery channel that we make; there is at most one of each. */
const RECORDER = 'virtual-soc';

/** A new role takes some seconds to be seen everywhere. */
const ROLE_ATTEMPTS = 10;
const ROLE_PAUSE = 3_000;

/**
 * AWS Config, recording every type of resource, the global ones included: the product is launched in the home Region.
 *
 * A recorder of ours that was never started is one that an earlier run was interrupted at, and is gone on with.
 *
 * @param bucket that the history is delivered to
 * @param pause milliseconds between two attempts while the role of AWS Config is new
 */
export function configSwitch(target: SecurityHubTarget, bucket: string, pause = ROLE_PAUSE): ServiceSwitch {
  const client = new ConfigServiceClient({ ...CLIENT, region: target.region });
  const iam = new IAMClient({ ...CLIENT, region: target.region });
  const [, partition = 'aws'] = target.productArn.split(':');
  const roleARN = `arn:${partition}:iam::${target.accountId}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`;

  const createRole = async () => {
    try {
      await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'config.amazonaws.com' }));
    } catch (error) {
      // The only way in which IAM says that the role is there.
      if (!/has been taken/.test((error as Error).message)) throw error;
    }
  };
  const putRecorder = async () => {
    const ConfigurationRecorder = {
      name: RECORDER,
      roleARN,
      recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.send(new PutConfigurationRecorderCommand({ ConfigurationRecorder }));
        return;
      } catch (error) {
        if ((error as Error).name !== 'InvalidRoleException' || attempt >= ROLE_ATTEMPTS) throw error;
        await sleep(pause);
      }
    }
  };

  return {
    name: 'AWS Config',
    state: async () => {
      const { ConfigurationRecorders = [] } = await client.send(new DescribeConfigurationRecordersCommand({}));
      // Services have recorders of their own, which do not stand for the account's.
      const recorder = ConfigurationRecorders.find(({ servicePrincipal }) => servicePrincipal === undefined);
      if (recorder === undefined) return 'off';
      const { ConfigurationRecordersStatus = [] } = await client.send(
        new DescribeConfigurationRecorderStatusCommand({ ConfigurationRecorderNames: [recorder.name ?? ''] }),
      );
      const [status] = ConfigurationRecordersStatus;
      if (status?.recording) return 'on';
      return recorder.name === RECORDER && status?.lastStartTime === undefined ? 'off' : 'stopped';
    },
    turnOn: async () => {
      await createRole();
      await putRecorder();
      const { DeliveryChannels = [] } = await client.send(new DescribeDeliveryChannelsCommand({}));
      if (DeliveryChannels.length === 0) {
        const DeliveryChannel = { name: RECORDER, s3BucketName: bucket };
        await client.send(new PutDeliveryChannelCommand({ DeliveryChannel }));
      }
      await client.send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: RECORDER }));
    },
  };
}

/** Security Hub (CSPM), with consolidated control findings. */
export function securityHubSwitch(region: string, defaultStandards: boolean): ServiceSwitch {
  const client = new SecurityHubClient({ ...CLIENT, region });
  return {
    name: 'Security Hub (CSPM)',
    state: async () => {
      try {
        await client.send(new DescribeHubCommand({}));
        return 'on';
      } catch (error) {
        const { name } = error as Error;
        if (name === 'InvalidAccessException' || name === 'ResourceNotFoundException') return 'off';
        throw error;
      }
    },
    turnOn: async () => {
      await client.send(
        new EnableSecurityHubCommand({
          EnableDefaultStandards: defaultStandards,
          ControlFindingGenerator: 'SECURITY_CONTROL',
        }),
      );
    },
  };
}

/** GuardDuty, with the protection plans that it turns on by itself. */
export function guardDutySwitch(region: string): ServiceSwitch {
  const client = new GuardDutyClient({ ...CLIENT, region });
  return {
    name: 'GuardDuty',
    state: async () => {
      const { DetectorIds: [DetectorId] = [] } = await client.send(new ListDetectorsCommand({}));
      if (DetectorId === undefined) return 'off';
      const { Status } = await client.send(new GetDetectorCommand({ DetectorId }));
      return Status === 'ENABLED' ? 'on' : 'stopped';
    },
    turnOn: async () => {
      await client.send(new CreateDetectorCommand({ Enable: true }));
    },
  };
}
