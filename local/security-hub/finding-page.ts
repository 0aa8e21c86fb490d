/**
 * One page of findings: sorted, after the place where the page before it ended.
 *
 * The next token says after which sort values the next page starts, not how many findings to skip, so that findings
 * that come or go meanwhile neither repeat nor hide others.
 */

import { createHash } from 'node:crypto';
import { FILTER_ATTRIBUTES, valuesAt } from './filter-attributes.ts';
import type { StoredFinding } from './finding.ts';
import type { FindingPredicate } from './finding-filter.ts';
import { ServiceError } from './service-error.ts';
import { parseTimestamp } from './timestamp.ts';

/** One attribute to sort by. */
export interface SortCriterion {
  readonly Field?: string;
  readonly SortOrder?: string;
}

/** A place in the order of findings: sort values, then the finding's Id and product to break ties. */
export type Place = readonly (string | number | null)[];

/** How findings are ordered. */
export interface FindingOrder {
  place(finding: StoredFinding): Place;
  compare(left: Place, right: Place): number;
  /** Whether this is the order of Ids that findings have without any criterion. */
  readonly isDefault: boolean;
}

/** Findings of a page, and where the next one starts if there is one. */
export interface FindingPage {
  readonly findings: readonly StoredFinding[];
  readonly next: Place | undefined;
}

/**
 * The order that the criteria of a request ask for. Ids break ties, so the order is always total.
 *
 * @throws ServiceError InvalidInputException when a field cannot be sorted by
 */
export function findingOrder(criteria: readonly SortCriterion[] = []): FindingOrder {
  const keys = criteria.map((criterion) => {
    const field = criterion.Field ?? '';
    const attribute = FILTER_ATTRIBUTES.get(field);
    if (attribute === undefined || !['String', 'Date', 'Number'].includes(attribute.kind)) {
      throw new ServiceError('InvalidInputException', `Invalid parameter 'SortCriteria'. Cannot sort by '${field}'.`);
    }
    return { ...attribute, sign: criterion.SortOrder === 'desc' ? -1 : 1 };
  });
  const signs = [...keys.map(({ sign }) => sign), 1, 1];
  return {
    isDefault: keys.length === 0,
    place(finding) {
      const values = keys.map(({ kind, path }) => sortValue(kind, valuesAt(finding, path)[0]));
      return [...values, finding.Id, finding.ProductArn];
    },
    compare(left, right) {
      for (const [index, sign] of signs.entries()) {
        const order = compareValues(left[index] ?? null, right[index] ?? null);
        if (order !== 0) return order * sign;
      }
      return 0;
    },
  };
}

/**
 * The first findings, in order, that pass and come after a place.
 *
 * @param findings all findings, in any order
 * @param after where the page before ended
 * @param limit findings on a page
 */
export function selectPage(
  findings: Iterable<StoredFinding>,
  passes: FindingPredicate,
  order: FindingOrder,
  after: Place | undefined,
  limit: number,
): FindingPage {
  // One more than asked for tells whether there is a next page.
  const best: { readonly place: Place; readonly finding: StoredFinding }[] = [];
  for (const finding of findings) {
    if (!passes(finding)) continue;
    const place = order.place(finding);
    if (after !== undefined && order.compare(place, after) <= 0) continue;
    const last = best[limit];
    if (last !== undefined && order.compare(place, last.place) > 0) continue;
    best.splice(positionOf(best, place, order), 0, { place, finding });
    if (best.length > limit + 1) best.pop();
  }
  const page = best.slice(0, limit);
  return { findings: page.map(({ finding }) => finding), next: best.length > limit ? page.at(-1)?.place : undefined };
}

/**
 * The same for findings that already are in the default order: stops as soon as the page is full.
 *
 * @param sorted all findings in the default order
 */
export function selectSortedPage(
  sorted: readonly StoredFinding[],
  passes: FindingPredicate,
  order: FindingOrder,
  after: Place | undefined,
  limit: number,
): FindingPage {
  let index = 0;
  if (after !== undefined) {
    let end = sorted.length;
    while (index < end) {
      const middle = (index + end) >> 1;
      const finding = sorted[middle];
      if (finding !== undefined && order.compare(order.place(finding), after) <= 0) index = middle + 1;
      else end = middle;
    }
  }
  const page: StoredFinding[] = [];
  for (; index < sorted.length; index += 1) {
    const finding = sorted[index];
    if (finding === undefined || !passes(finding)) continue;
    const last = page.at(-1);
    if (page.length === limit && last !== undefined) return { findings: page, next: order.place(last) };
    page.push(finding);
  }
  return { findings: page, next: undefined };
}

/** Compares findings in the default order: by Id, then product. */
export function compareById(left: StoredFinding, right: StoredFinding): number {
  return compareValues(left.Id, right.Id) || compareValues(left.ProductArn, right.ProductArn);
}

/**
 * The token that continues a query after a place. It carries a fingerprint of the query, because it makes no sense
 * with another one.
 */
export function encodeToken(place: Place, query: unknown): string {
  return Buffer.from(JSON.stringify({ query: fingerprint(query), after: place })).toString('base64url');
}

/**
 * The place that a token stands for.
 *
 * @throws ServiceError InvalidInputException when the token is not one of ours or belongs to another query
 */
export function decodeToken(token: string, query: unknown): Place {
  const invalid = (cause?: unknown) =>
    new ServiceError('InvalidInputException', "Invalid parameter 'NextToken'.", { cause });
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch (cause) {
    throw invalid(cause);
  }
  const { query: expected, after } = (content ?? {}) as { readonly query?: unknown; readonly after?: unknown };
  if (expected !== fingerprint(query) || !Array.isArray(after)) throw invalid();
  return after as Place;
}

function fingerprint(query: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(query) ?? '')
    .digest('base64url')
    .slice(0, 16);
}

function positionOf(best: readonly { readonly place: Place }[], place: Place, order: FindingOrder): number {
  let start = 0;
  let end = best.length;
  while (start < end) {
    const middle = (start + end) >> 1;
    const other = best[middle];
    if (other !== undefined && order.compare(other.place, place) < 0) start = middle + 1;
    else end = middle;
  }
  return start;
}

function sortValue(kind: string, value: unknown): string | number | null {
  if (kind === 'Date') return parseTimestamp(String(value)) ?? null;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** Findings without the attribute come first, as the lowest value. Text by code unit: the same on every machine. */
function compareValues(left: string | number | null, right: string | number | null): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}
