/** The operations of AWS Config that remediation may call; there is no way to call another. */
import {
  ConfigServiceClient,
  DescribeConfigurationRecorderStatusCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';

export const Client = ConfigServiceClient;

export const commands = {
  DescribeConfigurationRecorderStatus: DescribeConfigurationRecorderStatusCommand,
  StartConfigurationRecorder: StartConfigurationRecorderCommand,
};
