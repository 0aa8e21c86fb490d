import assert from 'node:assert/strict';
import { planAction, undoAction } from '../../../../lambda/remediation/action-steps.ts';
import { securityGroupAdminPorts } from '../../../../lambda/remediation/actions/security-group-admin-ports.ts';
import type { Session } from '../../../../lambda/remediation/aws-call.ts';
import { awsSession } from '../../../../lambda/remediation/member-session.ts';
import { NOW, REGION, SOURCE, STANDARD, call, keepsItsContract } from '../../../support/action-contract.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../../support/service-stand-in.ts';

const ARN = 'arn:aws:ec2:eu-west-1:444455556666:security-group/sg-0a1b2c3d';
const rule = (protocol: string, from: number, to: number, cidr = '0.0.0.0/0') => ({
  ipProtocol: protocol,
  fromPort: from,
  toPort: to,
  ipRanges: { item: [{ cidrIp: cidr, description: 'bastion' }, { cidrIp: '10.0.0.0/8' }] },
});
const group = (...permissions: object[]) => ({
  'ec2:DescribeSecurityGroups': {
    securityGroupInfo: {
      item: {
        groupId: 'sg-0a1b2c3d',
        ipPermissions: { item: permissions },
        tagSet: { item: [{ key: 'env', value: 'prod' }] },
      },
    },
  },
});
const IPV6 = { ipProtocol: 'tcp', fromPort: 3389, toPort: 3389, ipv6Ranges: { item: [{ cidrIpv6: '::/0' }] } };
const OPEN = [
  { protocol: 'tcp', from: 22, to: 22, source: '0.0.0.0/0', description: 'bastion' },
  { protocol: 'tcp', from: 3389, to: 3389, source: '::/0', description: null },
];
const PERMISSIONS = {
  GroupId: 'sg-0a1b2c3d',
  'IpPermissions.1.IpProtocol': 'tcp',
  'IpPermissions.1.FromPort': '22',
  'IpPermissions.1.ToPort': '22',
  'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
  'IpPermissions.1.IpRanges.1.Description': 'bastion',
  'IpPermissions.2.IpProtocol': 'tcp',
  'IpPermissions.2.FromPort': '3389',
  'IpPermissions.2.ToPort': '3389',
  'IpPermissions.2.Ipv6Ranges.1.CidrIpv6': '::/0',
};

keepsItsContract({
  action: securityGroupAdminPorts,
  resource: { Type: 'AwsEc2SecurityGroup', Id: ARN },
  before: OPEN,
  after: [],
  // Port 443 and the private network stay as they are.
  off: group(rule('tcp', 22, 22), IPV6, rule('tcp', 443, 443)),
  on: group(rule('tcp', 443, 443)),
  reads: [call('ec2:DescribeSecurityGroups', { 'GroupId.1': 'sg-0a1b2c3d' })],
  applies: [call('ec2:RevokeSecurityGroupIngress', PERMISSIONS)],
  undoes: [call('ec2:AuthorizeSecurityGroupIngress', PERMISSIONS)],
  tags: { env: 'prod' },
  gone: [
    { 'ec2:DescribeSecurityGroups': new ServiceError('InvalidGroup.NotFound') },
    { 'ec2:DescribeSecurityGroups': { securityGroupInfo: {} } },
  ],
  notApplicable: {
    'a rule opens other ports too': group(rule('tcp', 0, 65_535)),
    'a rule opens everything': group({ ipProtocol: '-1', ipRanges: { item: [{ cidrIp: '0.0.0.0/0' }] } }),
  },
  foreign: [
    { Type: 'AwsEc2SecurityGroup', Id: 'sg-0a1b2c3d' },
    { Type: 'AwsEc2SecurityGroup', Id: 'arn:aws:ec2:eu-west-1:444455556666:security-group/*' },
  ],
  sessionResources: { plan: ['*'], apply: ['*', ARN], undo: ['*', ARN] },
});

describe('security-group-admin-ports, more', () => {
  let services: ServiceStandIn;
  let session: Session;
  before(async () => {
    services = await startServices();
    session = awsSession({ ...services.client, region: REGION });
  });
  after(() => {
    session.close();
    return services.close();
  });
  beforeEach(() => {
    services.calls.length = 0;
  });
  const subject = () => {
    const identified = securityGroupAdminPorts.identify({ Type: 'AwsEc2SecurityGroup', Id: ARN }, SOURCE);
    assert.ok(identified);
    return identified;
  };

  it('does not call right what it leaves open: it says which ports people have to judge', async () => {
    services.answers = group(rule('tcp', 3306, 3306), rule('udp', 1000, 2000), rule('tcp', 5432, 5432, '10.0.0.0/8'));

    const plan = await planAction(
      securityGroupAdminPorts,
      { subject: subject(), standard: STANDARD, now: NOW },
      session,
    );

    assert.equal(plan.outcome, 'already-compliant');
    assert.equal(
      'reason' in plan && plan.reason,
      'tcp 3306, udp 1000-2000 stay open to the internet; a person has to say whether they may',
    );
  });

  it('adds back only what is missing: EC2 refuses all where one rule is there already', async () => {
    const [ssh, rdp] = OPEN;
    assert.ok(ssh && rdp);
    services.answers = { ...group(IPV6), 'ec2:AuthorizeSecurityGroupIngress': {} };

    // A revocation that got half-way: one rule is gone, the other is still there.
    const changed = await undoAction(securityGroupAdminPorts, subject(), { before: [ssh, rdp], after: [rdp] }, session);

    assert.equal(changed.outcome, 'done');
    assert.deepEqual(services.calls.slice(1), [
      call('ec2:AuthorizeSecurityGroupIngress', {
        GroupId: 'sg-0a1b2c3d',
        'IpPermissions.1.IpProtocol': 'tcp',
        'IpPermissions.1.FromPort': '22',
        'IpPermissions.1.ToPort': '22',
        'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
        'IpPermissions.1.IpRanges.1.Description': 'bastion',
      }),
    ]);
  });
});
