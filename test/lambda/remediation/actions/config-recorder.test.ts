import { configRecorder } from '../../../../lambda/remediation/actions/config-recorder.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';

const statuses = (recording: boolean) => ({
  'config:DescribeConfigurationRecorderStatus': {
    ConfigurationRecordersStatus: [
      { name: 'default', recording },
      // A recorder of a service: only that service may start it.
      { name: 'AWSConfigurationRecorderForX', recording: false, servicePrincipal: 'x.amazonaws.com' },
    ],
  },
});

keepsItsContract({
  action: configRecorder,
  resource: ACCOUNT_RESOURCE,
  before: { default: false },
  after: { default: true },
  off: statuses(false),
  on: statuses(true),
  reads: [call('config:DescribeConfigurationRecorderStatus')],
  applies: [call('config:StartConfigurationRecorder', { ConfigurationRecorderName: 'default' })],
  undoes: [],
  notApplicable: {
    'AWS Config was never set up': {
      'config:DescribeConfigurationRecorderStatus': { ConfigurationRecordersStatus: [] },
    },
  },
  foreign: [{ Type: 'AwsAccount', Id: 'AWS::::Account:*' }],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});
