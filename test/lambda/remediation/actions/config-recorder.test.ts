import { configRecorder } from '../../../../lambda/remediation/actions/config-recorder.ts';
import { ACCOUNT_RESOURCE, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const listed = (...recorders: object[]) => ({
  'config:DescribeConfigurationRecorderStatus': { ConfigurationRecordersStatus: recorders },
});
// A recorder of a service: only that service may start it.
const SERVICES = { name: 'AWSConfigurationRecorderForX', recording: false, servicePrincipal: 'x.amazonaws.com' };
const statuses = (recording: boolean) => listed({ name: 'default', recording }, SERVICES);

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
  gone: [
    listed(),
    listed(SERVICES),
    { 'config:DescribeConfigurationRecorderStatus': new ServiceError('NoSuchConfigurationRecorderException') },
  ],
  foreign: [{ Type: 'AwsAccount', Id: 'AWS::::Account:*' }],
  sessionResources: { plan: ['*'], apply: ['*'], undo: ['*'] },
});
