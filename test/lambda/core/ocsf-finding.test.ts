import assert from 'node:assert/strict';
import { lifeCycleOf } from '../../../lambda/core/life-cycle.ts';
import { parseOcsfFinding } from '../../../lambda/core/ocsf-finding.ts';
import { smallCatalogue } from '../../support/small-catalogue.ts';
import { identifyRule } from '../../../lambda/core/finding-provider.ts';

/** A control of the new Security Hub, by the documented shape. */
function control(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    class_uid: 2003,
    activity_id: 1,
    status_id: 1,
    severity_id: 4,
    time: 1793527200000,
    metadata: {
      product: { uid: 'arn:aws:securityhub:eu-west-1::productv2/aws/securityhub', name: 'Security Hub' },
      version: '1.6.0',
    },
    cloud: { account: { uid: '444455556666' }, region: 'eu-west-1' },
    finding_info: {
      uid: 'arn:aws:securityhub:eu-west-1:444455556666:security-control/EC2.13/finding/0',
      title: 'Security groups should not allow ingress from anywhere to port 22',
      types: ['Posture Management'],
      modified_time: 1793527200000,
    },
    compliance: { control: 'EC2.13', status_id: 3, status: 'Fail' },
    resources: [
      {
        type: 'AWS::EC2::SecurityGroup',
        uid: 'sg-1',
        uid_alt: 'arn:aws:ec2:eu-west-1:444455556666:security-group/sg-1',
      },
    ],
    ...changes,
  };
}

function parsed(value: unknown) {
  const result = parseOcsfFinding(value);
  assert.ok('finding' in result, 'problem' in result ? result.problem : '');
  return result.finding;
}

describe('parseOcsfFinding', () => {
  it('reads a failed control as an open finding of that control', () => {
    const finding = parsed(control());

    assert.equal(lifeCycleOf(finding), 'open');
    assert.deepEqual(identifyRule(finding, smallCatalogue.products), { provider: 'securityhub', keys: ['EC2.13'] });
    assert.equal(finding.severity.label, 'HIGH');
    assert.equal(finding.updatedAt, 1793527200000000000n);
    assert.equal(finding.resources[0]?.Id, 'arn:aws:ec2:eu-west-1:444455556666:security-group/sg-1');
  });

  it('closes on Close, Suppressed, Resolved, Archived and Pass, each alone', () => {
    const closing = [
      { activity_id: 3 },
      { status_id: 3 },
      { status_id: 4 },
      { status_id: 5 },
      { compliance: { control: 'EC2.13', status_id: 1 } },
    ];

    assert.deepEqual(
      closing.map((change) => lifeCycleOf(parsed(control(change)))),
      closing.map(() => 'closed'),
    );
  });

  it('keeps a finding open that somebody works on', () => {
    assert.equal(lifeCycleOf(parsed(control({ status_id: 2 }))), 'open');
  });

  it('neither opens nor closes on a warning', () => {
    assert.equal(lifeCycleOf(parsed(control({ compliance: { control: 'EC2.13', status_id: 2 } }))), 'unknown');
  });

  it('leaves out the labels of the console when it names the rule', () => {
    const threat = control({
      class_uid: 2004,
      compliance: undefined,
      metadata: { product: { uid: 'arn:aws:securityhub:eu-west-1::productv2/aws/guardduty' } },
      finding_info: {
        uid: 'f',
        title: 't',
        types: ['Threats', 'Recon:EC2/Portscan'],
        modified_time_dt: '2026-11-01T10:00:00Z',
      },
    });

    assert.deepEqual(identifyRule(parsed(threat), smallCatalogue.products), {
      provider: 'guardduty',
      keys: ['Recon:EC2/Portscan'],
    });
  });

  it('names what is missing', () => {
    const result = parseOcsfFinding(control({ finding_info: { title: 't' }, resources: [] }));

    assert.ok('problem' in result);
    assert.match(result.problem, /finding_info\.uid: is missing/);
    assert.match(result.problem, /resources: /);
  });
});
