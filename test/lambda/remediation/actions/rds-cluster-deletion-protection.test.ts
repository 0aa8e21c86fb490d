import { rdsClusterDeletionProtection } from '../../../../lambda/remediation/actions/rds-cluster-deletion-protection.ts';
import { call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:rds:eu-west-1:444455556666:cluster:ledger';
const described = (value: string) => ({
  'rds:DescribeDBClusters': {
    DBClusters: { DBCluster: { DBClusterIdentifier: 'ledger', Status: 'available', DeletionProtection: value } },
  },
});
const modify = (value: string) =>
  call('rds:ModifyDBCluster', { DBClusterIdentifier: 'ledger', DeletionProtection: value });

keepsItsContract({
  action: rdsClusterDeletionProtection,
  resource: { Type: 'AwsRdsDbCluster', Id: ARN },
  before: { DeletionProtection: false },
  after: { DeletionProtection: true },
  off: described('false'),
  on: described('true'),
  reads: [call('rds:DescribeDBClusters', { DBClusterIdentifier: 'ledger' })],
  applies: [modify('true')],
  undoes: [modify('false')],
  gone: [
    { 'rds:DescribeDBClusters': new ServiceError('DBClusterNotFoundFault', 404) },
    { 'rds:DescribeDBClusters': { DBClusters: { DBCluster: { DBClusterIdentifier: 'ledger', Status: 'deleting' } } } },
  ],
  foreign: [
    { Type: 'AwsRdsDbInstance', Id: 'arn:aws:rds:eu-west-1:444455556666:db:ledger' },
    { Type: 'AwsRdsDbClusterSnapshot', Id: 'arn:aws:rds:eu-west-1:444455556666:cluster-snapshot:ledger' },
  ],
  sessionResources: { plan: [ARN], apply: [ARN], undo: [ARN] },
});
