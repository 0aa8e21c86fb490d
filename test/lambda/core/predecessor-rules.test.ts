import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { type CatalogueIndex, indexCatalogue } from '../../../lambda/core/catalogue-index.ts';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { identifyRule } from '../../../lambda/core/finding-provider.ts';
import { readCatalogueFiles } from '../../../sql/catalogue-files.ts';
import { configFinding, configRuleFinding } from '../../support/source-findings.ts';

const product = (name: string) => `arn:aws:securityhub:eu-west-1::product/aws/${name}`;

describe('rules that the predecessor missed or mixed up', () => {
  let catalogue: CatalogueIndex;
  let packRules: string[];

  before(async () => {
    catalogue = indexCatalogue((await readCatalogueFiles()).rows);
    packRules = JSON.parse(
      await readFile(new URL('../../fixtures/predecessor-pack-rules.json', import.meta.url), 'utf8'),
    ) as string[];
  });

  /** The rules a finding is identified as; for a rule without a technique, its reason. */
  const find = (value: unknown): readonly string[] | string => {
    const parsed = parseFinding(value);
    assert.ok('finding' in parsed, 'problem' in parsed ? parsed.problem : '');
    const rule = catalogue.findRule(identifyRule(parsed.finding, catalogue.products));
    return rule.outcome === 'mapped' ? rule.ruleKeys : rule.reason;
  };

  it('knows all 119 rules of its conformance pack, each under the suffix of a deployed pack as itself and nothing else', () => {
    const found = packRules.map((name) => find(configRuleFinding(`${name}-conformance-pack-xy12ab34c`)));

    assert.equal(packRules.length, 119);
    packRules.forEach((name, index) => {
      const rule = found[index];
      if (typeof rule === 'string') assert.match(rule, /^not-mappable:/, name);
      else assert.deepEqual(rule, [name]);
    });
  });

  it('matches CIS 3.1 to one control and not to 3.10 to 3.14', () => {
    const rule = (id: string) =>
      find(
        configFinding({
          ProductArn: product('securityhub'),
          GeneratorId: `arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0/rule/${id}`,
          ProductFields: { RuleId: id },
        }),
      );

    const controls = ['3.1', '3.10', '3.11', '3.12', '3.13', '3.14'].map(rule);

    assert.ok(controls.every((found) => typeof found !== 'string' && found.length === 1));
    assert.equal(new Set(controls.map(String)).size, 6);
  });

  it('knows UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS', () => {
    const finding = configFinding({
      ProductArn: product('guardduty'),
      Types: ['Effects/Data Exfiltration/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS'],
      ProductFields: {},
      Compliance: undefined,
    });

    const alias = find(finding);
    const native = find({
      ...finding,
      Types: ['UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS'],
    });

    assert.deepEqual(native, ['UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS']);
    assert.deepEqual(alias, native);
  });

  it('knows a control with consolidated findings on and off, FSBP included', () => {
    const control = (GeneratorId: string) =>
      find(configFinding({ ProductArn: product('securityhub'), GeneratorId, ProductFields: {} }));

    assert.deepEqual(control('security-control/CloudTrail.2'), ['CloudTrail.2']);
    assert.deepEqual(control('aws-foundational-security-best-practices/v/1.0.0/CloudTrail.2'), ['CloudTrail.2']);
    assert.deepEqual(control('pci-dss/v/3.2.1/PCI.CloudTrail.1'), ['CloudTrail.2']);
  });

  it('never takes one rule for another whose name begins or ends like it', () => {
    for (const name of [
      'restricted-ssh-2',
      'my-restricted-ssh',
      'RESTRICTED-SSH',
      'cloudtrail-enabled-',
      'encrypted-volume',
    ]) {
      assert.equal(find(configRuleFinding(name)), 'unknown-rule', name);
    }
  });
});
