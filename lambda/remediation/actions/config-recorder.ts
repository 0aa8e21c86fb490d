/** Starts the configuration recorder again. https://docs.aws.amazon.com/config/latest/APIReference/API_StartConfigurationRecorder.html */
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { subjectOfAccount } from '../subject.ts';

export const configRecorder = action<{ readonly [recorder: string]: boolean }>({
  id: 'config-recorder',
  title: 'Starts the stopped configuration recorder of AWS Config',
  case: 'defense-impairment',
  techniques: ['T1685', 'T1686'],
  rules: { securityhub: ['Config.1'] },
  resourceTypes: ['AwsAccount'],
  risk: 'low',
  cost: 'AWS Config charges for each configuration item that it records',
  irreversible:
    'Virtual SOC has no right to stop a recorder: aws configservice stop-configuration-recorder --configuration-recorder-name NAME',
  permissions: {
    read: [
      {
        actions: ['config:DescribeConfigurationRecorderStatus'],
        resources: ['*'],
        reason: 'the name of the recorder is not known before; it tells nothing but whether recorders run',
      },
    ],
    apply: [
      {
        actions: ['config:StartConfigurationRecorder'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': '{region}' } },
        reason: 'the ARN of a recorder ends in an id that its name does not tell; there is one for each Region',
      },
    ],
    undo: [],
  },
  goneErrors: ['NoSuchConfigurationRecorderException'],
  identify: subjectOfAccount,
  read: async (_subject, session) => {
    const { ConfigurationRecordersStatus = [] } = await session.call(
      'config',
      'DescribeConfigurationRecorderStatus',
      {},
    );
    // A recorder that a service has made can be started by that service alone.
    const own = ConfigurationRecordersStatus.filter(({ servicePrincipal }) => servicePrincipal === undefined);
    if (own.length === 0) {
      return { outcome: 'gone', reason: 'there is no recorder to start, or none any more; set AWS Config up first' };
    }
    return { state: Object.fromEntries(own.map(({ name = 'default', recording = false }) => [name, recording])) };
  },
  wanted: (state) => Object.fromEntries(Object.keys(state).map((name) => [name, true])),
  change: (_subject, from, to) =>
    Object.keys(to)
      .filter((name) => to[name] && !from[name])
      .map((ConfigurationRecorderName) =>
        apiCall('config', 'StartConfigurationRecorder', { ConfigurationRecorderName }),
      ),
});
