import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FindingContent } from '../../../lambda/core/asff-finding.ts';
import { parseFinding } from '../../../lambda/core/finding.ts';
import { identifyRule } from '../../../lambda/core/finding-provider.ts';
import { securityHubTarget } from '../../../lambda/core/security-hub-target.ts';
import { sourceKeyOf } from '../../../lambda/core/source-event.ts';
import { parseTechniqueFindingId, techniqueFindingsOf } from '../../../lambda/core/technique-finding.ts';
import { smallCatalogue } from '../../support/small-catalogue.ts';
import { configFinding, configRuleFinding } from '../../support/source-findings.ts';

const target = securityHubTarget('111122223333', 'eu-west-1');

function build(value: unknown, techniqueId: string, language: 'en' | 'es' = 'en'): FindingContent {
  const result = parseFinding(value);
  assert.ok('finding' in result, 'problem' in result ? result.problem : '');
  const rule = smallCatalogue.findRule(identifyRule(result.finding, smallCatalogue.products));
  assert.ok(rule.outcome === 'mapped');
  const mapped = rule.techniques.find(({ technique }) => technique.id === techniqueId);
  assert.ok(mapped);
  const context = { catalogue: smallCatalogue, target, language };
  return techniqueFindingsOf(result.finding, sourceKeyOf(result.finding), rule, context)(mapped, 'ACTIVE').content;
}

describe('techniqueFindingsOf', () => {
  it('says which technique, in which tactics, because of which rule, in whose account', () => {
    const finding = build(configFinding(), 'T1110');

    assert.equal(finding.Title, 'T1110 Brute Force');
    assert.deepEqual(finding.FindingProviderFields.Types, ['TTPs/Credential Access']);
    assert.equal(finding.ProductFields['mitre/trigger/rule'], 'restricted-ssh');
    assert.equal(finding.ProductFields['mitre/trigger/service'], 'config');
    assert.equal(finding.ProductFields['mitre/owner/account'], '444455556666');
    assert.equal(finding.ProductFields['mitre/owner/region'], 'eu-west-1');
    assert.equal(finding.ProductFields['mitre/effect'], 'protect');
    assert.equal(finding.ProductFields['mitre/score'], 'partial');
  });

  it('is written to the hub, whoever owns the source', () => {
    const finding = build(configFinding(), 'T1110');

    assert.equal(finding.AwsAccountId, '111122223333');
    assert.equal(finding.ProductArn, target.productArn);
    assert.ok(finding.GeneratorId.startsWith('virtual-soc/'));
    assert.ok(!('Region' in finding));
  });

  it('relates to the source finding and carries its severity and resources', () => {
    const source = configFinding({ Severity: { Label: 'CRITICAL', Original: '9.8' } });

    const finding = build(source, 'T1110');

    assert.deepEqual(finding.FindingProviderFields.RelatedFindings, [
      { ProductArn: source['ProductArn'], Id: source['Id'] },
    ]);
    assert.deepEqual(finding.FindingProviderFields.Severity, { Label: 'CRITICAL', Original: '9.8' });
    assert.deepEqual(finding.Resources, source['Resources']);
  });

  it('leaves out a blank original severity, which Security Hub refuses', () => {
    const finding = build(configFinding({ Severity: { Label: 'LOW', Original: '  ' } }), 'T1110');

    assert.deepEqual(finding.FindingProviderFields.Severity, { Label: 'LOW' });
  });

  it('keeps two resources of which one is named like the beginning of the other', () => {
    const bucket = (name: string) => ({ Type: 'AwsS3Bucket', Id: `arn:aws:s3:::${name}` });

    const finding = build(configFinding({ Resources: [bucket('logs'), bucket('logs-prod')] }), 'T1110');

    assert.deepEqual(finding.Resources, [bucket('logs'), bucket('logs-prod')]);
  });

  it('narrows the tactics where the link does', () => {
    assert.equal(build(configFinding(), 'T1040').ProductFields['mitre/tactics'], 'TA0007');
  });

  it('lists tactics in the order of the matrix and controls in natural order', () => {
    const control = configFinding({
      ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/securityhub',
      Compliance: { Status: 'FAILED', SecurityControlId: 'CloudTrail.2' },
    });

    const { ProductFields } = build(control, 'T1040');

    assert.equal(ProductFields['mitre/tactics'], 'TA0006;TA0007');
    assert.equal(ProductFields['mitre/relatedcontrols/nist'], 'AC-2;AC-17');
    assert.equal(ProductFields['mitre/mitigations'], 'M1041');
  });

  it('speaks Spanish to people and English to filters', () => {
    const finding = build(configFinding(), 'T1110', 'es');

    assert.equal(finding.Title, 'T1110 Fuerza bruta');
    assert.equal(finding.Remediation.Recommendation.Text, 'Corrija restricted-ssh.');
    assert.deepEqual(finding.FindingProviderFields.Types, ['TTPs/Credential Access']);
  });

  it('links to the source finding in the console', () => {
    const { Url } = build(configFinding(), 'T1110').Remediation.Recommendation;

    assert.match(
      Url,
      /^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/securityhub\/home\?region=eu-west-1#\/findings\?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253Aarn/,
    );
  });

  it('has an Id from which technique and source can be read', () => {
    const id = parseTechniqueFindingId(build(configFinding(), 'T1110').Id);

    assert.equal(id?.techniqueId, 'T1110');
    assert.match(id?.sourceKey ?? '', /^[0-9a-f]{64}$/);
    assert.equal(parseTechniqueFindingId('virtual-soc/technique/v1/T1110/short'), undefined);
  });

  it('drops the details of resources before it passes 240,000 bytes, and no resource', () => {
    const resource = (index: number) => ({
      Type: 'AwsEc2Instance',
      Id: `i-${index}`,
      Details: { Other: { blob: 'é'.repeat(9000) } },
    });

    const finding = build(
      configFinding({ Resources: Array.from({ length: 32 }, (_, index) => resource(index)) }),
      'T1110',
    );

    assert.equal(finding.Resources.length, 32);
    assert.ok(Buffer.byteLength(JSON.stringify(finding)) <= 240_000);
    assert.ok('Details' in (finding.Resources[0] as object));
  });

  it('stays inside every limit of ASFF whatever the source says', () => {
    const named = (constraints: fc.StringConstraints) =>
      fc.string({ minLength: 1, ...constraints }).filter((name) => /\S/.test(name));
    const wild = fc.record({
      Title: named({ maxLength: 3000, unit: 'grapheme' }),
      Severity: fc.record({ Label: fc.constantFrom('LOW', 'HIGH'), Original: fc.string({ maxLength: 100 }) }),
      Remediation: fc.record({ Recommendation: fc.record({ Text: fc.string({ maxLength: 2000, unit: 'binary' }) }) }),
      Resources: fc.array(fc.record({ Id: named({ unit: 'binary' }), Type: named({ maxLength: 300 }) }), {
        minLength: 1,
        maxLength: 40,
      }),
      Region: fc.string({ maxLength: 3000 }),
    });

    fc.assert(
      fc.property(wild, (changes) => {
        const finding = build(configRuleFinding('restricted-ssh', changes), 'T1110');
        assert.ok(finding.Title.length <= 256);
        assert.ok(finding.Description.length <= 1024);
        assert.ok(finding.Remediation.Recommendation.Text.length <= 512);
        assert.ok(finding.Resources.length >= 1 && finding.Resources.length <= 32);
        assert.ok((finding.Resources as { Type: string }[]).every(({ Type }) => Type.length <= 256));
        assert.ok((finding.FindingProviderFields.Severity.Original ?? '').length <= 64);
        const fields = Object.entries(finding.ProductFields);
        assert.ok(
          fields.length <= 50 &&
            fields.every(([key, value]) => key.length <= 128 && value.trim().length > 0 && value.length <= 2048),
        );
      }),
    );
  });
});
