/** The operations of GuardDuty that remediation may call; there is no way to call another. */
import {
  GuardDutyClient,
  ListDetectorsCommand,
  GetDetectorCommand,
  UpdateDetectorCommand,
} from '@aws-sdk/client-guardduty';

export const Client = GuardDutyClient;

export const commands = {
  ListDetectors: ListDetectorsCommand,
  GetDetector: GetDetectorCommand,
  UpdateDetector: UpdateDetectorCommand,
};
