import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  compareById,
  decodeToken,
  encodeToken,
  findingOrder,
  selectPage,
  selectSortedPage,
  type FindingOrder,
  type Place,
  type SortCriterion,
} from '../../../local/security-hub/finding-page.ts';
import type { StoredFinding } from '../../../local/security-hub/finding.ts';

const ALL = () => true;

function finding(Id: string, more: object = {}): StoredFinding {
  return { Id, ProductArn: 'arn', ...more } as StoredFinding;
}

/** The ids of all pages, page by page. */
function pages(findings: readonly StoredFinding[], order: FindingOrder, limit: number): string[][] {
  const result: string[][] = [];
  let after: Place | undefined;
  do {
    const page = selectPage(findings, ALL, order, after, limit);
    result.push(page.findings.map(({ Id }) => Id));
    after = page.next;
  } while (after !== undefined);
  return result;
}

const someFindings = fc
  .uniqueArray(fc.record({ Id: fc.string({ maxLength: 3 }), Confidence: fc.option(fc.nat(3), { nil: undefined }) }), {
    selector: ({ Id }) => Id,
  })
  .map((list) => list.map(({ Id, Confidence }) => finding(Id, { Confidence })));

describe('selectPage', () => {
  it('sorts by Id without criteria', () => {
    const findings = [finding('c'), finding('a'), finding('b')];

    assert.deepEqual(pages(findings, findingOrder(), 2), [['a', 'b'], ['c']]);
  });

  it('sorts by several criteria, ties by Id', () => {
    const findings = [
      finding('a', { Severity: { Normalized: 1 }, UpdatedAt: '2025-03-01T00:00:00Z' }),
      finding('b', { Severity: { Normalized: 90 }, UpdatedAt: '2025-03-01T02:00:00+02:00' }),
      finding('c', { Severity: { Normalized: 90 }, UpdatedAt: '2025-03-01T00:00:00.000Z' }),
      finding('d', { Severity: { Normalized: 90 }, UpdatedAt: '2025-02-01T00:00:00Z' }),
    ];
    const criteria = [
      { Field: 'SeverityNormalized', SortOrder: 'desc' },
      { Field: 'UpdatedAt', SortOrder: 'asc' },
    ];

    assert.deepEqual(pages(findings, findingOrder(criteria), 10), [['d', 'b', 'c', 'a']]);
  });

  it('gives every finding exactly once, in order, whatever the page size', () => {
    const order = fc.constantFrom<readonly SortCriterion[]>(
      [],
      [{ Field: 'Confidence', SortOrder: 'asc' }],
      [{ Field: 'Confidence', SortOrder: 'desc' }],
    );

    fc.assert(
      fc.property(someFindings, order, fc.integer({ min: 1, max: 4 }), (findings, criteria, limit) => {
        const paged = pages(findings, findingOrder(criteria), limit);
        const [whole = []] = pages(findings, findingOrder(criteria), 1000);

        assert.deepEqual(paged.flat(), whole);
        assert.deepEqual([...whole].sort(), findings.map(({ Id }) => Id).sort());
        assert.ok(paged.slice(0, -1).every((page) => page.length === limit));
      }),
    );
  });

  it('neither repeats nor skips when findings come and go between pages', () => {
    const order = findingOrder();
    const first = selectPage(
      ['b', 'd', 'f'].map((id) => finding(id)),
      ALL,
      order,
      undefined,
      2,
    );

    const second = selectPage(
      ['a', 'b', 'e', 'f'].map((id) => finding(id)),
      ALL,
      order,
      first.next,
      2,
    );

    assert.deepEqual(
      [...first.findings, ...second.findings].map(({ Id }) => Id),
      ['b', 'd', 'e', 'f'],
    );
  });
});

describe('selectSortedPage', () => {
  it('gives the same pages as selectPage', () => {
    const passes = ({ Confidence }: StoredFinding) => Confidence !== 1;

    fc.assert(
      fc.property(someFindings, fc.integer({ min: 1, max: 4 }), fc.string({ maxLength: 3 }), (findings, limit, id) => {
        const order = findingOrder();
        const after = id === '' ? undefined : [id, 'arn'];

        assert.deepEqual(
          selectSortedPage([...findings].sort(compareById), passes, order, after, limit),
          selectPage(findings, passes, order, after, limit),
        );
      }),
    );
  });
});

describe('findingOrder', () => {
  it('refuses what cannot be sorted by', () => {
    assert.throws(() => findingOrder([{ Field: 'ProductFields', SortOrder: 'asc' }]), /Cannot sort by 'ProductFields'/);
    assert.throws(() => findingOrder([{ Field: 'Colour', SortOrder: 'asc' }]), /Cannot sort by 'Colour'/);
    assert.throws(() => findingOrder([{ SortOrder: 'asc' }]), /Cannot sort by ''/);
  });
});

describe('decodeToken', () => {
  it('gives back the place of the same query', () => {
    const place = [7, null, 'id', 'arn'];

    assert.deepEqual(decodeToken(encodeToken(place, { a: 1 }), { a: 1 }), place);
  });

  it('refuses the token of another query, and what is no token', () => {
    const token = encodeToken(['id'], { a: 1 });

    assert.throws(() => decodeToken(token, { a: 2 }), /Invalid parameter 'NextToken'/);
    assert.throws(() => decodeToken('nonsense', { a: 1 }), /Invalid parameter 'NextToken'/);
    assert.throws(() => decodeToken(Buffer.from('null').toString('base64url'), { a: 1 }), /NextToken/);
  });
});
