import assert from 'node:assert/strict';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import { describeViolations } from '../../../local/security-hub/shape.ts';
import { validateFinding } from '../../../local/security-hub/validate-finding.ts';
import { customFinding } from './hub-fixture.ts';

/** What the hub says about a finding with these changes; `undefined` takes an attribute away. */
function problems(changes: Readonly<Record<string, unknown>>): string {
  const finding = { ...customFinding(), ...changes };
  return describeViolations(validateFinding(JSON.parse(JSON.stringify(finding))));
}

const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'v']));
const times = <T>(count: number, item: T) => Array.from({ length: count }, () => item);
const resource = { Type: 'Other', Id: 'thing' };
const related = { ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/config', Id: 'x' };

describe('validateFinding', () => {
  it('takes the smallest finding', () => {
    assert.equal(problems({}), '');
  });

  it('takes a finding that uses every limit to the full', () => {
    const full: Partial<AwsSecurityFinding> = {
      Id: 'i'.repeat(512),
      GeneratorId: 'g'.repeat(512),
      Title: 't'.repeat(256),
      Description: 'd'.repeat(1024),
      ProductName: 'p'.repeat(128),
      CompanyName: 'c'.repeat(128),
      Remediation: { Recommendation: { Text: 'r'.repeat(512), Url: `https://example.com/${'u'.repeat(3000)}` } },
      ProductFields: { ...entries(49), [`k${'k'.repeat(127)}`]: 'v'.repeat(2048) },
      UserDefinedFields: { ...entries(49), u: 'v'.repeat(1024) },
      Resources: times(32, { ...resource, Type: 'T'.repeat(256) }),
      FindingProviderFields: {
        Severity: { Label: 'LOW', Original: 'o'.repeat(64) },
        Types: times(50, 'TTPs/Discovery/mine'),
        RelatedFindings: times(10, related),
      },
      Compliance: { Status: 'FAILED', RelatedRequirements: times(32, 'a requirement') },
      Note: { Text: 'n'.repeat(512), UpdatedBy: 'me', UpdatedAt: '2025-03-01T10:00:00Z' },
      Threats: times(32, { Name: 'threat' }),
    };

    assert.equal(problems(full as Record<string, unknown>), '');
  });

  it('counts characters, not UTF-16 units', () => {
    assert.equal(problems({ Title: '🔐'.repeat(256) }), '');
    assert.match(problems({ Title: '🔐'.repeat(257) }), /data\.Title should NOT be longer than 256 characters/);
  });

  for (const name of [
    'SchemaVersion',
    'Id',
    'ProductArn',
    'GeneratorId',
    'AwsAccountId',
    'CreatedAt',
    'UpdatedAt',
    'Title',
    'Description',
    'Resources',
  ]) {
    it(`asks for ${name}`, () => {
      assert.match(problems({ [name]: undefined }), new RegExp(`^data should have required property '${name}'`));
    });
  }

  const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ['another schema version', { SchemaVersion: '2020-01-01' }, /SchemaVersion should be equal to one of/],
    ['a long Id', { Id: 'i'.repeat(513) }, /Id should NOT be longer than 512/],
    ['a long GeneratorId', { GeneratorId: 'g'.repeat(513) }, /GeneratorId should NOT be longer than 512/],
    ['a long Title', { Title: 't'.repeat(257) }, /Title should NOT be longer than 256/],
    ['a long Description', { Description: 'd'.repeat(1025) }, /Description should NOT be longer than 1024/],
    ['an empty Description', { Description: '' }, /Description should NOT be shorter than 1 characters/],
    ['a blank Title', { Title: ' \n' }, /Title should match pattern "\.\*\\S\.\*"/],
    ['a null', { Title: null }, /Title should be string/],
    ['a number for a text', { Title: 7 }, /Title should be string/],
    ['a long ProductName', { ProductName: 'p'.repeat(129) }, /ProductName should NOT be longer than 128/],
    ['an account that is no account', { AwsAccountId: '1234' }, /AwsAccountId should match pattern/],
    ['no resources', { Resources: [] }, /Resources should NOT have fewer than 1 items/],
    ['too many resources', { Resources: times(33, resource) }, /Resources should NOT have more than 32 items/],
    ['a resource without Id', { Resources: [{ Type: 'Other' }] }, /Resources\[0\] should have required property 'Id'/],
    [
      'a resource without Type',
      { Resources: [{ ...resource, Type: '' }] },
      /Resources\[0\]\.Type should NOT be shorter/,
    ],
    [
      'a long resource Type',
      { Resources: [{ ...resource, Type: 'T'.repeat(257) }] },
      /Resources\[0\]\.Type should NOT/,
    ],
    ['a strange partition', { Resources: [{ ...resource, Partition: 'moon' }] }, /Resources\[0\]\.Partition should be/],
    ['a tag that is no text', { Resources: [{ ...resource, Tags: { a: 1 } }] }, /Tags\['a'\] should be string/],
    ['an unknown attribute', { Colour: 'red' }, /^data should NOT have additional properties \('Colour'\)$/],
    [
      'an unknown attribute deep inside',
      { Resources: [{ ...resource, Details: { AwsS3Bucket: { Colour: 'red' } } }] },
      /data\.Resources\[0\]\.Details\.AwsS3Bucket should NOT have additional properties \('Colour'\)/,
    ],
    ['51 product fields', { ProductFields: entries(51) }, /ProductFields should NOT have more than 50 properties/],
    [
      'a long product field',
      { ProductFields: { a: 'v'.repeat(2049) } },
      /ProductFields\['a'\] should NOT be longer than 2048/,
    ],
    ['a long product field name', { ProductFields: { ['k'.repeat(129)]: 'v' } }, /name longer than 128/],
    ['an empty product field', { ProductFields: { a: '' } }, /ProductFields\['a'\] should NOT be shorter/],
    ['a reserved product field', { ProductFields: { 'aws/x': 'v' } }, /reserved prefix 'aws\/' \('aws\/x'\)/],
    ['a long user field', { UserDefinedFields: { a: 'v'.repeat(1025) } }, /UserDefinedFields\['a'\] should NOT/],
    [
      'a long recommendation',
      { Remediation: { Recommendation: { Text: 'r'.repeat(513) } } },
      /Text should NOT be longer than 512/,
    ],
    [
      '11 related findings',
      { RelatedFindings: times(11, related) },
      /RelatedFindings should NOT have more than 10 items/,
    ],
    [
      'an empty list of related findings',
      { RelatedFindings: [] },
      /RelatedFindings should NOT have fewer than 1 items/,
    ],
    ['a related finding without product', { RelatedFindings: [{ Id: 'x' }] }, /required property 'ProductArn'/],
    ['33 requirements', { Compliance: { RelatedRequirements: times(33, 'r') } }, /RelatedRequirements should NOT/],
    ['33 threats', { Threats: times(33, { Name: 'n' }) }, /Threats should NOT have more than 32 items/],
    ['an unknown compliance', { Compliance: { Status: 'BAD' } }, /Compliance\.Status should be equal to one of/],
    ['an unknown record state', { RecordState: 'GONE' }, /RecordState should be equal to one of/],
    ['an unknown workflow', { Workflow: { Status: 'DONE' } }, /Workflow\.Status should be equal to one of/],
    ['an unknown action', { Action: { ActionType: 'WALK' } }, /Action\.ActionType should be equal to one of/],
    [
      'a long note',
      { Note: { Text: 'n'.repeat(513), UpdatedBy: 'me', UpdatedAt: '2025-03-01T10:00:00Z' } },
      /Note\.Text/,
    ],
    ['a confidence above 100', { Confidence: 101 }, /Confidence should be <= 100/],
    ['half a confidence', { Confidence: 0.5 }, /Confidence should be integer/],
    ['a confidence in words', { Confidence: '50' }, /Confidence should be number/],
    ['a sample that is no boolean', { Sample: 'yes' }, /Sample should be boolean/],
    ['a date without time', { UpdatedAt: '2025-03-01' }, /UpdatedAt should match format "date-time"/],
    ['a date that is none', { LastObservedAt: '2025-02-30T00:00:00Z' }, /LastObservedAt should match format/],
    [
      'an update before the creation',
      { UpdatedAt: '2025-02-28T10:00:00Z' },
      /UpdatedAt should NOT be before CreatedAt/,
    ],
    ['no severity', { FindingProviderFields: { Types: ['TTPs'] } }, /should have required property 'Severity'/],
    [
      'a severity of nothing',
      { FindingProviderFields: { Severity: {}, Types: ['TTPs'] } },
      /Severity should have required property 'Label'/,
    ],
    [
      'a contradictory severity',
      { Severity: { Label: 'LOW', Normalized: 90 } },
      /Normalized that belongs to its Label/,
    ],
    ['a severity above 100', { Severity: { Normalized: 101 } }, /Severity\.Normalized should be <= 100/],
    [
      'a long original severity',
      { Severity: { Label: 'LOW', Original: 'o'.repeat(65) } },
      /Severity\.Original should NOT/,
    ],
    ['no types', { FindingProviderFields: { Severity: { Label: 'LOW' } } }, /should have required property 'Types'/],
    ['51 types', { Types: times(51, 'TTPs') }, /Types should NOT have more than 50 items/],
    ['a type of another namespace', { Types: ['Tags/nist'] }, /Types\[0\] should match pattern/],
    ['a type of four parts', { Types: ['TTPs/Discovery/a/b'] }, /Types\[0\] should match pattern/],
    ['a type with an empty part', { Types: ['TTPs//a'] }, /Types\[0\] should match pattern/],
  ];
  for (const [what, changes, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.match(problems(changes), message);
    });
  }

  it('takes partial types and the words of a GuardDuty finding', () => {
    const types = ['TTPs', 'TTPs/Command and Control', 'TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS'];

    assert.equal(problems({ Types: types }), '');
  });

  it('takes severity and types at the top level', () => {
    const changes = {
      FindingProviderFields: undefined,
      Severity: { Normalized: 40 },
      Types: ['Effects/Data Exposure'],
    };

    assert.equal(problems(changes), '');
  });

  it('names every violation, with its place', () => {
    const message = problems({ Title: '', Resources: [resource, { Type: 'Other', Id: '' }] });

    assert.equal(
      message,
      'data.Title should NOT be shorter than 1 characters, data.Resources[1].Id should NOT be shorter than 1 characters',
    );
  });

  it('refuses what is no object', () => {
    assert.equal(describeViolations(validateFinding([])), 'data should be object');
  });
});
