import assert from 'node:assert/strict';
import type { AwsSecurityFindingFilters } from '@aws-sdk/client-securityhub';
import { compileFilters } from '../../../local/security-hub/finding-filter.ts';
import type { StoredFinding } from '../../../local/security-hub/finding.ts';
import { ServiceError } from '../../../local/security-hub/service-error.ts';

const NOW = Date.parse('2025-03-10T00:00:00Z');

function passes(filters: AwsSecurityFindingFilters, finding: object): boolean {
  return compileFilters(filters, NOW)(finding as StoredFinding);
}

/** The ids of the findings that pass. */
function select(filters: AwsSecurityFindingFilters, findings: readonly object[]): unknown[] {
  return findings.filter((finding) => passes(filters, finding)).map((finding) => (finding as { Id?: unknown }).Id);
}

const titled = (Title: string) => ({ Id: Title, Title });
const typed = (...types: readonly string[]) => ({
  Id: types.join('+'),
  Resources: types.map((Type) => ({ Type, Id: 'x' })),
});

describe('compileFilters', () => {
  it('lets everything through without filters', () => {
    assert.equal(compileFilters(undefined, NOW)({} as StoredFinding), true);
    assert.equal(passes({}, {}), true);
  });

  it('joins different attributes with AND', () => {
    const filters: AwsSecurityFindingFilters = {
      Title: [{ Comparison: 'EQUALS', Value: 'a' }],
      RecordState: [{ Comparison: 'EQUALS', Value: 'ACTIVE' }],
    };

    assert.equal(passes(filters, { Title: 'a', RecordState: 'ACTIVE' }), true);
    assert.equal(passes(filters, { Title: 'a', RecordState: 'ARCHIVED' }), false);
  });

  it('allows ten attributes of twenty values each', () => {
    const values = (count: number) => Array.from({ length: count }, () => ({ Comparison: 'EQUALS', Value: 'a' }));
    const names = [
      'Id',
      'Title',
      'Description',
      'Region',
      'Type',
      'SourceUrl',
      'NoteText',
      'ProductName',
      'CompanyName',
    ];
    const ten = Object.fromEntries([...names, 'RecordState'].map((name) => [name, values(20)]));

    assert.doesNotThrow(() => compileFilters(ten, NOW));
    assert.throws(() => compileFilters({ ...ten, GeneratorId: values(1) }, NOW), /more than 10 attributes/);
    assert.throws(() => compileFilters({ Id: values(21) }, NOW), /Filters\.Id should have between 1 and 20 items/);
    assert.throws(() => compileFilters({ Id: [] }, NOW), /between 1 and 20 items/);
  });

  it('answers bad filters with InvalidInputException', () => {
    const isInvalidInput = (error: unknown) => error instanceof ServiceError && error.code === 'InvalidInputException';

    assert.throws(() => compileFilters({ Colour: [] }, NOW), isInvalidInput);
    assert.throws(() => compileFilters('all', NOW), isInvalidInput);
    assert.throws(() => compileFilters({ Id: 'x' }, NOW), isInvalidInput);
  });
});

describe('compileFilters, texts', () => {
  const findings = [titled('CloudFront on'), titled('CloudWatch off'), titled('S3 on'), { Id: 'untitled' }];

  it('finds equal values, case-sensitively', () => {
    assert.deepEqual(select({ Title: [{ Comparison: 'EQUALS', Value: 'S3 on' }] }, findings), ['S3 on']);
    assert.deepEqual(select({ Title: [{ Comparison: 'EQUALS', Value: 's3 on' }] }, findings), []);
  });

  it('joins EQUALS and PREFIX with OR', () => {
    const filters: AwsSecurityFindingFilters = {
      Title: [
        { Comparison: 'EQUALS', Value: 'S3 on' },
        { Comparison: 'PREFIX', Value: 'CloudF' },
      ],
    };

    assert.deepEqual(select(filters, findings), ['CloudFront on', 'S3 on']);
  });

  it('joins CONTAINS with OR and NOT_CONTAINS with AND', () => {
    const contains: AwsSecurityFindingFilters = {
      Title: [
        { Comparison: 'CONTAINS', Value: 'Front' },
        { Comparison: 'CONTAINS', Value: 'Watch' },
      ],
    };
    const containsNot: AwsSecurityFindingFilters = {
      Title: [
        { Comparison: 'NOT_CONTAINS', Value: 'Front' },
        { Comparison: 'NOT_CONTAINS', Value: 'Watch' },
      ],
    };

    assert.deepEqual(select(contains, findings), ['CloudFront on', 'CloudWatch off']);
    assert.deepEqual(select(containsNot, findings), ['S3 on', 'untitled']);
  });

  it('joins exclusions with AND, and lets findings without the attribute through', () => {
    const filters: AwsSecurityFindingFilters = {
      Title: [
        { Comparison: 'NOT_EQUALS', Value: 'S3 on' },
        { Comparison: 'PREFIX_NOT_EQUALS', Value: 'CloudW' },
      ],
    };

    assert.deepEqual(select(filters, findings), ['CloudFront on', 'untitled']);
  });

  it("excludes from what prefixes found, as in AWS's own example", () => {
    const filters: AwsSecurityFindingFilters = {
      ResourceType: [
        { Comparison: 'PREFIX', Value: 'AwsIam' },
        { Comparison: 'PREFIX', Value: 'AwsEc2' },
        { Comparison: 'NOT_EQUALS', Value: 'AwsIamPolicy' },
        { Comparison: 'NOT_EQUALS', Value: 'AwsEc2NetworkInterface' },
      ],
    };
    const resources = [typed('AwsIamRole'), typed('AwsIamPolicy'), typed('AwsEc2Instance'), typed('AwsS3Bucket')];

    assert.deepEqual(select(filters, resources), ['AwsIamRole', 'AwsEc2Instance']);
  });

  it('looks at every item of a list', () => {
    const both = typed('AwsIamRole', 'AwsS3Bucket');

    assert.equal(passes({ ResourceType: [{ Comparison: 'EQUALS', Value: 'AwsS3Bucket' }] }, both), true);
    assert.equal(passes({ ResourceType: [{ Comparison: 'NOT_EQUALS', Value: 'AwsS3Bucket' }] }, both), false);
  });

  for (const [first, second] of [
    ['EQUALS', 'NOT_EQUALS'],
    ['EQUALS', 'PREFIX_NOT_EQUALS'],
    ['CONTAINS', 'NOT_CONTAINS'],
    ['CONTAINS', 'EQUALS'],
    ['NOT_CONTAINS', 'NOT_EQUALS'],
    ['NOT_CONTAINS', 'PREFIX'],
  ] as const) {
    it(`refuses ${first} beside ${second}`, () => {
      const filters: AwsSecurityFindingFilters = {
        Title: [
          { Comparison: first, Value: 'a' },
          { Comparison: second, Value: 'b' },
        ],
      };

      assert.throws(() => compileFilters(filters, NOW), /should NOT combine/);
    });
  }

  it('refuses incomplete and unknown comparisons', () => {
    assert.throws(() => compileFilters({ Title: [{ Value: 'a' }] }, NOW), /required property 'Comparison'/);
    assert.throws(() => compileFilters({ Title: [{ Comparison: 'EQUALS' }] }, NOW), /required property 'Value'/);
    assert.throws(() => compileFilters({ Title: [{ Comparison: 'EQUALS', Value: ' ' }] }, NOW), /not blank/);
    assert.throws(() => compileFilters({ Title: [{ Comparison: 'CONTAINS_WORD', Value: 'a' }] }, NOW), /CONTAINS_WORD/);
    assert.throws(() => compileFilters({ Title: [{ Comparison: 'EQUALS', Value: 'a', Key: 'b' }] }, NOW), /'Key'/);
  });
});

describe('compileFilters, maps', () => {
  const finding = { ProductFields: { 'mitre/technique': 'T1040' }, Resources: [{ Tags: { team: 'red' } }, {}] };
  const byTechnique = (Comparison: 'EQUALS' | 'NOT_EQUALS' | 'CONTAINS', Value: string) =>
    passes({ ProductFields: [{ Key: 'mitre/technique', Comparison, Value }] }, finding);

  it('compares the value of a key', () => {
    assert.equal(byTechnique('EQUALS', 'T1040'), true);
    assert.equal(byTechnique('EQUALS', 'T1041'), false);
    assert.equal(byTechnique('NOT_EQUALS', 'T1040'), false);
    assert.equal(byTechnique('CONTAINS', '104'), true);
  });

  it('finds tags of any resource', () => {
    const tag = (Comparison: 'EQUALS' | 'NOT_EQUALS') => ({
      ResourceTags: [{ Key: 'team', Comparison, Value: 'red' }],
    });

    assert.equal(passes(tag('EQUALS'), finding), true);
    assert.equal(passes(tag('NOT_EQUALS'), finding), false);
    assert.equal(passes(tag('NOT_EQUALS'), {}), true);
  });

  it('has no prefixes', () => {
    const filters = { ProductFields: [{ Key: 'a', Comparison: 'PREFIX', Value: 'b' }] };

    assert.throws(() => compileFilters(filters, NOW), /should NOT be 'PREFIX'/);
  });
});

describe('compileFilters, dates', () => {
  const at = (UpdatedAt: string) => ({ Id: UpdatedAt, UpdatedAt });

  it('takes both ends of a period', () => {
    const filters: AwsSecurityFindingFilters = {
      UpdatedAt: [{ Start: '2025-03-01T00:00:00Z', End: '2025-03-02T02:00:00+02:00' }],
    };
    const inside = [at('2025-03-01T00:00:00Z'), at('2025-03-02T00:00:00.000Z')];

    assert.equal(select(filters, [...inside, at('2025-03-02T00:00:00.001Z'), {}]).length, inside.length);
  });

  it('counts days back from now', () => {
    const findings = [at('2025-03-09T00:00:00Z'), at('2025-03-01T00:00:00Z'), at('2025-02-01T00:00:00Z')];
    const within = { UpdatedAt: [{ DateRange: { Value: 9, Unit: 'DAYS' as const } }] };
    const older = {
      UpdatedAt: [{ DateRange: { Value: 9, Unit: 'DAYS' as const, Comparison: 'OLDER_THAN' as const } }],
    };

    assert.deepEqual(select(within, findings), ['2025-03-09T00:00:00Z', '2025-03-01T00:00:00Z']);
    assert.deepEqual(select(older, findings), ['2025-02-01T00:00:00Z']);
  });

  it('joins periods with OR', () => {
    const filters: AwsSecurityFindingFilters = {
      UpdatedAt: [
        { Start: '2025-01-01T00:00:00Z', End: '2025-01-02T00:00:00Z' },
        { Start: '2025-02-01T00:00:00Z', End: '2025-02-02T00:00:00Z' },
      ],
    };

    assert.equal(passes(filters, at('2025-02-01T12:00:00Z')), true);
  });

  it('refuses half a period and bad dates', () => {
    const bad: readonly object[] = [
      { Start: '2025-03-01T00:00:00Z' },
      { End: '2025-03-01T00:00:00Z' },
      {},
      { Start: 'yesterday', End: '2025-03-01T00:00:00Z' },
      { Start: '2025-03-02T00:00:00Z', End: '2025-03-01T00:00:00Z' },
      { DateRange: { Value: 0, Unit: 'DAYS' } },
      { DateRange: { Value: 1, Unit: 'HOURS' } },
      { DateRange: { Value: 1, Unit: 'DAYS', Comparison: 'AROUND' } },
    ];

    for (const filter of bad) assert.throws(() => compileFilters({ UpdatedAt: [filter] }, NOW), ServiceError);
  });
});

describe('compileFilters, other kinds', () => {
  it('joins the conditions of one number filter with AND and several filters with OR', () => {
    const filters: AwsSecurityFindingFilters = { Confidence: [{ Gte: 10, Lt: 20 }, { Eq: 50 }] };
    const confident = (Confidence: number) => passes(filters, { Confidence });

    assert.deepEqual([9, 10, 19, 20, 50].map(confident), [false, true, true, false, true]);
    assert.equal(passes(filters, {}), false);
    assert.throws(() => compileFilters({ Confidence: [{}] }, NOW), /should have a condition/);
    assert.throws(() => compileFilters({ Confidence: [{ Eq: '5' }] }, NOW), /should be number/);
  });

  it('compares booleans', () => {
    assert.equal(passes({ Sample: [{ Value: true }] }, { Sample: true }), true);
    assert.equal(passes({ Sample: [{ Value: true }] }, {}), false);
    assert.throws(() => compileFilters({ Sample: [{ Value: 'true' }] }, NOW), /should be boolean/);
  });

  it('finds addresses in a block', () => {
    const finding = { Network: { SourceIpV4: '192.0.2.7', SourceIpV6: '2001:db8::1' } };

    assert.equal(passes({ NetworkSourceIpV4: [{ Cidr: '192.0.2.0/24' }] }, finding), true);
    assert.equal(passes({ NetworkSourceIpV4: [{ Cidr: '192.0.2.8' }] }, finding), false);
    assert.equal(passes({ NetworkSourceIpV6: [{ Cidr: '2001:db8::/32' }] }, finding), true);
    for (const Cidr of ['192.0.2.0/33', 'example', '192.0.2.0/x']) {
      assert.throws(() => compileFilters({ NetworkSourceIpV4: [{ Cidr }] }, NOW), /CIDR block/);
    }
  });

  it('finds a keyword anywhere', () => {
    const finding = { Resources: [{ Tags: { owner: 'Team Red' } }] };

    assert.equal(passes({ Keyword: [{ Value: 'team red' }] }, finding), true);
    assert.equal(passes({ Keyword: [{ Value: 'blue' }] }, finding), false);
  });
});
