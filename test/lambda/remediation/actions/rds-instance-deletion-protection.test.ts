import { rdsInstanceDeletionProtection } from '../../../../lambda/remediation/actions/rds-instance-deletion-protection.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:rds:eu-west-1:444455556666:db:ledger';
const described = (changes: object) => ({
  'rds:DescribeDBInstances': {
    DBInstances: {
      DBInstance: {
        DBInstanceIdentifier: 'ledger',
        DBInstanceStatus: 'available',
        MultiAZ: 'false',
        TagList: { Tag: [{ Key: 'env', Value: 'prod' }] },
        ...changes,
      },
    },
  },
});
// Neither MultiAZ nor ApplyImmediately: the first costs, and the second makes other pending changes happen now.
const modify = (value: string) =>
  call('rds:ModifyDBInstance', { DBInstanceIdentifier: 'ledger', DeletionProtection: value });

keepsItsContract({
  action: rdsInstanceDeletionProtection,
  resource: { Type: 'AwsRdsDbInstance', Id: ARN },
  before: { DeletionProtection: false },
  after: { DeletionProtection: true },
  off: described({ DeletionProtection: 'false' }),
  on: described({ DeletionProtection: 'true' }),
  reads: [call('rds:DescribeDBInstances', { DBInstanceIdentifier: 'ledger' })],
  applies: [modify('true')],
  undoes: [modify('false')],
  gone: [
    { 'rds:DescribeDBInstances': new ServiceError('DBInstanceNotFound', 404) },
    described({ DBInstanceStatus: 'deleting' }),
    { 'rds:DescribeDBInstances': { DBInstances: {} } },
  ],
  notApplicable: { 'the instance is one of a cluster': described({ DBClusterIdentifier: 'aurora' }) },
  foreign: [
    { Type: 'AwsRdsDbInstance', Id: 'db-ABCDEFGHIJKL' },
    { Type: 'AwsRdsDbCluster', Id: 'arn:aws:rds:eu-west-1:444455556666:cluster:ledger' },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
