import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { identifyRule } from '../../../lambda/core/finding-provider.ts';
import { smallCatalogue } from '../../support/small-catalogue.ts';
import { configFinding, configRuleFinding } from '../../support/source-findings.ts';

function find(value: unknown): string {
  const result = parseFinding(value);
  assert.ok('finding' in result, 'problem' in result ? result.problem : '');
  const rule = smallCatalogue.findRule(identifyRule(result.finding, smallCatalogue.products));
  return rule.outcome === 'mapped' ? `${rule.provider} ${rule.ruleKeys.join('+')}` : `unmapped: ${rule.reason}`;
}

function controlFinding(changes: Record<string, unknown>): Record<string, unknown> {
  return configFinding({
    ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/securityhub',
    ProductName: 'Security Hub',
    ProductFields: {},
    ...changes,
  });
}

describe('identifyRule', () => {
  for (const name of ['restricted-ssh', 'encrypted-volumes', 'cloudtrail-enabled']) {
    it(`matches ${name} in every form AWS gives its name`, () => {
      const names = [
        name,
        `${name}-conformance-pack-xy12ab34c`,
        `OrgConfigRule-${name}-dbgzf8ba`,
        `securityhub-${name}-0a1b2c3d`,
      ];

      assert.deepEqual(
        names.map((form) => find(configRuleFinding(form))),
        names.map(() => `config ${name}`),
      );
    });
  }

  it('takes no altered name of a Config rule for the rule', () => {
    const altered = fc.tuple(
      fc.stringMatching(/^[a-z-]{0,6}$/),
      fc.constantFrom('restricted-ssh', 'Restricted-SSH', 'restricted_ssh', 'restricted-ssh\u200b'),
      fc.stringMatching(/^[a-z0-9-]{0,6}$/),
    );

    fc.assert(
      fc.property(altered, ([before, name, after]) => {
        const whole = before + name + after;
        fc.pre(whole !== 'restricted-ssh');
        return find(configRuleFinding(whole)) === 'unmapped: unknown-rule';
      }),
    );
  });

  it('leaves a name that may mean two rules unmapped and says so', () => {
    assert.equal(find(configRuleFinding('autoscaling-multiple-az')), 'unmapped: ambiguous-rule-name');
  });

  it('knows a control with consolidated findings on and off', () => {
    const on = controlFinding({
      GeneratorId: 'security-control/CloudTrail.2',
      Compliance: { Status: 'FAILED', SecurityControlId: 'CloudTrail.2' },
    });
    const off = controlFinding({
      GeneratorId: 'aws-foundational-security-best-practices/v/1.0.0/CloudTrail.2',
      Compliance: { Status: 'FAILED', SecurityControlId: 'CloudTrail.2' },
    });
    const beforeControlIds = controlFinding({
      GeneratorId: 'pci-dss/v/3.2.1/PCI.CloudTrail.1',
      Compliance: { Status: 'FAILED' },
    });

    assert.deepEqual([on, off, beforeControlIds].map(find), Array(3).fill('securityhub CloudTrail.2'));
  });

  it('gives the union where one legacy id names two controls', () => {
    const rule = 'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/1.1';

    assert.equal(
      find(controlFinding({ GeneratorId: rule, Compliance: { Status: 'FAILED' } })),
      'securityhub CloudWatch.1+IAM.20',
    );
    assert.equal(
      find(controlFinding({ GeneratorId: `${rule}0`, Compliance: { Status: 'FAILED' } })),
      'unmapped: unknown-rule',
    );
  });

  it('matches GuardDuty by the whole type and never by its last part', () => {
    const guardDuty = (type: string) =>
      configFinding({
        ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
        Types: [type],
        ProductFields: {},
        Compliance: undefined,
      });

    assert.equal(find(guardDuty('TTPs/Discovery/Recon:EC2-Portscan')), 'guardduty Recon:EC2/Portscan');
    assert.equal(find(guardDuty('TTPs/Persistence/Recon:EC2-Portscan')), 'unmapped: unknown-rule');
    assert.equal(find(guardDuty('Recon:EC2-Portscan')), 'unmapped: unknown-rule');
  });

  it('says that a finding lacks the field that names its rule', () => {
    const audit = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/iot-device-defender-audit',
      ProductFields: {},
    });

    assert.equal(find(audit), 'unmapped: no-rule-key');
  });

  it('reads the product also from the ARN with a colon too many in an AWS example', () => {
    const audit = configRuleFinding('restricted-ssh', {
      ProductArn: 'arn:aws::securityhub:eu-west-1::product/aws/config',
    });

    assert.equal(find(audit), 'config restricted-ssh');
  });

  it('takes a product nobody described as its own provider', () => {
    const trivy = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1::product/aquasecurity/aquasecurity',
      GeneratorId: 'Trivy',
    });

    const result = parseFinding(trivy);

    assert.ok('finding' in result);
    assert.deepEqual(identifyRule(result.finding, smallCatalogue.products), {
      provider: 'aquasecurity/aquasecurity',
      keys: ['Trivy'],
    });
  });
});
