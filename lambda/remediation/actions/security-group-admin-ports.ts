/**
 * Revokes the inbound rules that open administrative ports to the whole internet. A rule that opens other ports too is left to
 * a person: revoking it would close those as well. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
 */
import type { IpPermission } from '@aws-sdk/client-ec2';
import { action } from '../action.ts';
import { apiCall } from '../aws-call.ts';
import { nameOf, subjectOfArn, tagsOf } from '../subject.ts';

const GROUP = 'arn:{partition}:ec2:{region}:{account}:security-group/{group}';

/** SSH, Telnet, RDP, WinRM and VNC: what people administer machines through. */
const ADMINISTRATIVE_PORTS: ReadonlySet<number> = new Set([22, 23, 3389, 5985, 5986, 5900]);
/** The widest range that is looked at port by port. */
const WIDEST = 16;

/** One source of one rule. */
interface OpenRule {
  readonly [name: string]: string | number | null;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  /** `0.0.0.0/0` or `::/0`. */
  readonly source: string;
  readonly description: string | null;
}

export const securityGroupAdminPorts = action<readonly OpenRule[]>({
  id: 'security-group-admin-ports',
  title: 'Closes administrative ports that the security group opens to the internet',
  case: 'exposure',
  techniques: ['T1110', 'T1133', 'T1190', 'T1046'],
  rules: {
    config: [
      'restricted-ssh',
      'restricted-common-ports',
      'vpc-sg-open-only-to-authorized-ports',
      'vpc-sg-port-restriction-check',
    ],
    securityhub: ['EC2.13', 'EC2.14', 'EC2.18', 'EC2.19', 'EC2.53', 'EC2.54'],
  },
  resourceTypes: ['AwsEc2SecurityGroup'],
  // Whoever administers over the internet loses the way in.
  risk: 'medium',
  permissions: {
    read: [
      {
        actions: ['ec2:DescribeSecurityGroups'],
        resources: ['*'],
        reason: 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
      },
    ],
    apply: [{ actions: ['ec2:RevokeSecurityGroupIngress'], resources: [GROUP] }],
    undo: [{ actions: ['ec2:AuthorizeSecurityGroupIngress'], resources: [GROUP] }],
  },
  goneErrors: ['InvalidGroup.NotFound', 'InvalidGroupId.Malformed'],
  identify: (resource, source) => subjectOfArn(resource, source, 'ec2', /^security-group\/(?<group>sg-[0-9a-f]+)$/),
  read: async (subject, session) => {
    const { SecurityGroups: [group] = [] } = await session.call('ec2', 'DescribeSecurityGroups', {
      GroupIds: [nameOf(subject, 'group')],
    });
    if (group === undefined) return { outcome: 'gone', reason: 'EC2 does not describe the security group' };
    const permissions = group.IpPermissions ?? [];
    const open = permissions.filter(isAdministrative).flatMap(openTo).sort(byText);
    const wider = permissions.filter(
      (permission) => !isAdministrative(permission) && reachesAdministration(permission),
    );
    const left = permissions.filter((permission) => !isAdministrative(permission) && openTo(permission).length > 0);
    const remark = `${left.map(portsOf).join(', ')} stay open to the internet; a person has to say whether they may`;
    if (open.length === 0 && wider.flatMap(openTo).length > 0) return { outcome: 'not-applicable', reason: remark };
    return { state: open, tags: tagsOf(group.Tags), ...(left.length > 0 ? { remark } : {}) };
  },
  wanted: () => [],
  change: (subject, from, to) => {
    const GroupId = nameOf(subject, 'group');
    const surplus = from.filter((rule) => !has(to, rule));
    // EC2 refuses the whole call where one of the rules is there already.
    const missing = to.filter((rule) => !has(from, rule));
    return [
      ...(surplus.length > 0
        ? [apiCall('ec2', 'RevokeSecurityGroupIngress', { GroupId, IpPermissions: surplus.map(asPermission) })]
        : []),
      ...(missing.length > 0
        ? [apiCall('ec2', 'AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: missing.map(asPermission) })]
        : []),
    ];
  },
});

/** Every port of it is administrative. */
function isAdministrative({ IpProtocol, FromPort, ToPort }: IpPermission): boolean {
  if (IpProtocol !== 'tcp' && IpProtocol !== 'udp') return false;
  if (FromPort === undefined || ToPort === undefined || ToPort - FromPort >= WIDEST) return false;
  const ports = Array.from({ length: ToPort - FromPort + 1 }, (_, index) => FromPort + index);
  return ports.length > 0 && ports.every((port) => ADMINISTRATIVE_PORTS.has(port));
}

function reachesAdministration({ IpProtocol, FromPort = 0, ToPort = 65_535 }: IpPermission): boolean {
  if (IpProtocol === '-1') return true;
  if (IpProtocol !== 'tcp' && IpProtocol !== 'udp') return false;
  return [...ADMINISTRATIVE_PORTS].some((port) => FromPort <= port && port <= ToPort);
}

function openTo({ IpProtocol = '', FromPort = 0, ToPort = 0, IpRanges, Ipv6Ranges }: IpPermission): OpenRule[] {
  const sources = [
    ...(IpRanges ?? []).filter(({ CidrIp }) => CidrIp === '0.0.0.0/0'),
    ...(Ipv6Ranges ?? []).filter(({ CidrIpv6 }) => CidrIpv6 === '::/0'),
  ];
  return sources.map((range) => ({
    protocol: IpProtocol,
    from: FromPort,
    to: ToPort,
    source: 'CidrIp' in range ? '0.0.0.0/0' : '::/0',
    description: range.Description ?? null,
  }));
}

/** As people write it: `tcp 3306`, `tcp 0-65535`, `everything`. */
function portsOf({ IpProtocol = '', FromPort, ToPort }: IpPermission): string {
  if (IpProtocol === '-1') return 'everything';
  const ports = FromPort === undefined || FromPort === ToPort ? FromPort : `${FromPort}-${ToPort}`;
  return ports === undefined ? IpProtocol : `${IpProtocol} ${ports}`;
}

/** Two rules that differ in their description alone are one to EC2. */
function has(rules: readonly OpenRule[], rule: OpenRule): boolean {
  return rules.some(
    ({ protocol, from, to, source }) =>
      protocol === rule.protocol && from === rule.from && to === rule.to && source === rule.source,
  );
}

function asPermission({ protocol, from, to, source, description }: OpenRule): IpPermission {
  const described = description === null ? {} : { Description: description };
  return {
    IpProtocol: protocol,
    FromPort: from,
    ToPort: to,
    ...(source === '::/0'
      ? { Ipv6Ranges: [{ CidrIpv6: source, ...described }] }
      : { IpRanges: [{ CidrIp: source, ...described }] }),
  };
}

function byText(one: OpenRule, other: OpenRule): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
