/** The operations of CloudTrail that remediation may call; there is no way to call another. */
import {
  CloudTrailClient,
  GetTrailCommand,
  UpdateTrailCommand,
  ListTrailsCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  ListTagsCommand,
} from '@aws-sdk/client-cloudtrail';

export const Client = CloudTrailClient;

export const commands = {
  GetTrail: GetTrailCommand,
  UpdateTrail: UpdateTrailCommand,
  ListTrails: ListTrailsCommand,
  GetTrailStatus: GetTrailStatusCommand,
  StartLogging: StartLoggingCommand,
  ListTags: ListTagsCommand,
};
