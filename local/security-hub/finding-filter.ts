/**
 * Filters of GetFindings: which findings they let through.
 *
 * Different attributes are joined by AND. Of one attribute, filters that look for a value are joined by OR, filters
 * that exclude a value by AND. A missing attribute has no value to find and none to exclude.
 *
 * Sources: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html, API_MapFilter, API_DateFilter,
 * API_NumberFilter, API_GetFindings
 */

import { BlockList, isIP } from 'node:net';
import { FILTER_ATTRIBUTES, valuesAt, type FilterKind } from './filter-attributes.ts';
import type { StoredFinding } from './finding.ts';
import { ServiceError } from './service-error.ts';
import { parseTimestamp } from './timestamp.ts';

/** Attributes that one request may filter by. */
export const MAXIMUM_FILTER_ATTRIBUTES = 10;
/** Values that one request may give for an attribute. */
export const MAXIMUM_FILTER_VALUES = 20;

/** Whether a finding passes. */
export type FindingPredicate = (finding: StoredFinding) => boolean;

/** One filter of an attribute, as sent: its members depend on the kind. */
type Filter = Readonly<Record<string, unknown>>;
/** Whether the values of an attribute pass. */
type ValuesPredicate = (values: readonly unknown[]) => boolean;

const DAY = 24 * 3600 * 1000;

/**
 * Turns the `Filters` of a request into a predicate.
 *
 * @param filters as sent; `undefined` lets everything through
 * @param now what "within the last days" counts from, in milliseconds since 1970
 * @throws ServiceError InvalidInputException when a filter is unknown, incomplete or contradicts another
 */
export function compileFilters(filters: unknown, now: number): FindingPredicate {
  if (filters === undefined) return () => true;
  const attributes = Object.entries(requireObject(filters, 'Filters'));
  if (attributes.length > MAXIMUM_FILTER_ATTRIBUTES) {
    throw invalid('Filters', `should NOT have more than ${MAXIMUM_FILTER_ATTRIBUTES} attributes`);
  }
  const predicates = attributes.map(([name, list]) => compileAttribute(name, list, now));
  return (finding) => predicates.every((predicate) => predicate(finding));
}

function compileAttribute(name: string, list: unknown, now: number): FindingPredicate {
  const attribute = FILTER_ATTRIBUTES.get(name);
  if (attribute === undefined) throw invalid('Filters', `should NOT have additional properties ('${name}')`);
  const place = `Filters.${name}`;
  if (!Array.isArray(list)) throw invalid(place, 'should be array');
  if (list.length === 0 || list.length > MAXIMUM_FILTER_VALUES) {
    throw invalid(place, `should have between 1 and ${MAXIMUM_FILTER_VALUES} items`);
  }
  const filters = list.map((filter) => requireObject(filter, `${place}[]`));
  const passes = COMPILERS[attribute.kind](filters, place, now);
  const { path } = attribute;
  return (finding) => passes(valuesAt(finding, path));
}

const COMPILERS: Readonly<
  Record<FilterKind, (filters: readonly Filter[], place: string, now: number) => ValuesPredicate>
> = {
  String: (filters, place) => compileComparisons(filters, place, false),
  Map: (filters, place) => compileComparisons(filters, place, true),
  Date: (filters, place, now) => anyOf(filters.map((filter) => compileDate(filter, place, now))),
  Number: (filters, place) => anyOf(filters.map((filter) => compileNumber(filter, place))),
  Boolean: (filters, place) => anyOf(filters.map((filter) => compileBoolean(filter, place))),
  Ip: (filters, place) => anyOf(filters.map((filter) => compileIp(filter, place))),
  Keyword: (filters, place) => anyOf(filters.map((filter) => compileKeyword(filter, place))),
};

/** How one comparison looks at one value; a comparison that excludes says what it excludes. */
const COMPARISONS: ReadonlyMap<string, { excludes: boolean; matches: (value: string, wanted: string) => boolean }> =
  new Map([
    ['EQUALS', { excludes: false, matches: (value, wanted) => value === wanted }],
    ['PREFIX', { excludes: false, matches: (value, wanted) => value.startsWith(wanted) }],
    ['CONTAINS', { excludes: false, matches: (value, wanted) => value.includes(wanted) }],
    ['NOT_EQUALS', { excludes: true, matches: (value, wanted) => value === wanted }],
    ['PREFIX_NOT_EQUALS', { excludes: true, matches: (value, wanted) => value.startsWith(wanted) }],
    ['NOT_CONTAINS', { excludes: true, matches: (value, wanted) => value.includes(wanted) }],
  ]);
const MAP_COMPARISONS = new Set(['EQUALS', 'NOT_EQUALS', 'CONTAINS', 'NOT_CONTAINS']);

/** Comparisons of one attribute that contradict each other. CONTAINS and NOT_CONTAINS stand only beside their like. */
const CONFLICTS: readonly (readonly [string, readonly string[]])[] = [
  ['EQUALS', ['NOT_EQUALS', 'PREFIX_NOT_EQUALS']],
  ['CONTAINS', ['EQUALS', 'PREFIX', 'NOT_EQUALS', 'PREFIX_NOT_EQUALS', 'NOT_CONTAINS']],
  ['NOT_CONTAINS', ['EQUALS', 'PREFIX', 'NOT_EQUALS', 'PREFIX_NOT_EQUALS', 'CONTAINS']],
];

function compileComparisons(filters: readonly Filter[], place: string, isMap: boolean): ValuesPredicate {
  const wanted: ValuesPredicate[] = [];
  const excluded: ValuesPredicate[] = [];
  const used = new Set<string>();
  for (const filter of filters) {
    refuseUnknown(filter, isMap ? ['Key', 'Value', 'Comparison'] : ['Value', 'Comparison'], place);
    const name = requireText(filter, 'Comparison', place);
    const value = requireText(filter, 'Value', place);
    const key = isMap ? requireText(filter, 'Key', place) : undefined;
    const comparison = isMap && !MAP_COMPARISONS.has(name) ? undefined : COMPARISONS.get(name);
    if (comparison === undefined) throw invalid(`${place}[].Comparison`, `should NOT be '${name}'`);
    used.add(name);
    const matches: ValuesPredicate = (values) =>
      values.some((item) => {
        const text = key === undefined ? item : (item as Readonly<Record<string, unknown>>)[key];
        return typeof text === 'string' && comparison.matches(text, value);
      });
    (comparison.excludes ? excluded : wanted).push(matches);
  }
  for (const [name, others] of CONFLICTS) {
    const other = used.has(name) ? others.find((candidate) => used.has(candidate)) : undefined;
    if (other !== undefined) throw invalid(place, `should NOT combine ${name} with ${other}`);
  }
  return (values) =>
    (wanted.length === 0 || wanted.some((matches) => matches(values))) && !excluded.some((matches) => matches(values));
}

function compileDate(filter: Filter, place: string, now: number): ValuesPredicate {
  refuseUnknown(filter, ['Start', 'End', 'DateRange'], place);
  const { from, to } =
    filter.DateRange === undefined ? startAndEnd(filter, place) : dateRange(filter.DateRange, place, now);
  return (values) =>
    values.some((value) => {
      const at = parseTimestamp(String(value));
      return at !== undefined && at >= from && at <= to;
    });
}

interface Period {
  readonly from: number;
  readonly to: number;
}

/** A period has two ends: with one alone, AWS does not say what the other would be. */
function startAndEnd(filter: Filter, place: string): Period {
  const [from, to] = ['Start', 'End'].map((name) => {
    const at = parseTimestamp(requireText(filter, name, place));
    if (at === undefined) throw invalid(`${place}[].${name}`, 'should match format "date-time"');
    return at;
  }) as [number, number];
  if (from > to) throw invalid(`${place}[].Start`, 'should NOT be after End');
  return { from, to };
}

function dateRange(sent: unknown, place: string, now: number): Period {
  const range = requireObject(sent, `${place}[].DateRange`);
  refuseUnknown(range, ['Value', 'Unit', 'Comparison'], `${place}[].DateRange`);
  const { Value: days, Unit: unit, Comparison: comparison = 'WITHIN' } = range;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1) {
    throw invalid(`${place}[].DateRange.Value`, 'should be a whole number of at least 1');
  }
  if (unit !== 'DAYS') throw invalid(`${place}[].DateRange.Unit`, "should be 'DAYS'");
  if (comparison === 'WITHIN') return { from: now - days * DAY, to: now };
  if (comparison === 'OLDER_THAN') return { from: -Infinity, to: now - days * DAY - 1 };
  throw invalid(`${place}[].DateRange.Comparison`, "should be 'WITHIN' or 'OLDER_THAN'");
}

const NUMBER_COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  Gte: (value, limit) => value >= limit,
  Lte: (value, limit) => value <= limit,
  Eq: (value, limit) => value === limit,
  Gt: (value, limit) => value > limit,
  Lt: (value, limit) => value < limit,
};

function compileNumber(filter: Filter, place: string): ValuesPredicate {
  refuseUnknown(filter, Object.keys(NUMBER_COMPARISONS), place);
  const conditions = Object.entries(filter);
  if (conditions.length === 0) throw invalid(`${place}[]`, 'should have a condition');
  for (const [name, limit] of conditions) {
    if (typeof limit !== 'number') throw invalid(`${place}[].${name}`, 'should be number');
  }
  return (values) =>
    values.some(
      (value) =>
        typeof value === 'number' &&
        conditions.every(([name, limit]) => NUMBER_COMPARISONS[name]?.(value, limit as number) === true),
    );
}

function compileBoolean(filter: Filter, place: string): ValuesPredicate {
  refuseUnknown(filter, ['Value'], place);
  const wanted = filter.Value;
  if (typeof wanted !== 'boolean') throw invalid(`${place}[].Value`, 'should be boolean');
  return (values) => values.includes(wanted);
}

function compileIp(filter: Filter, place: string): ValuesPredicate {
  refuseUnknown(filter, ['Cidr'], place);
  const [address = '', length] = requireText(filter, 'Cidr', place).split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (version === 0 || !/^\d*$/.test(length ?? '') || prefix > bits) {
    throw invalid(`${place}[].Cidr`, 'should be a CIDR block');
  }
  const block = new BlockList();
  block.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  return (values) =>
    values.some((value) => {
      const kind = isIP(String(value));
      return kind !== 0 && block.check(String(value), kind === 4 ? 'ipv4' : 'ipv6');
    });
}

function compileKeyword(filter: Filter, place: string): ValuesPredicate {
  refuseUnknown(filter, ['Value'], place);
  const keyword = requireText(filter, 'Value', place).toLowerCase();
  const mentions = (value: unknown): boolean => {
    if (typeof value === 'string') return value.toLowerCase().includes(keyword);
    return typeof value === 'object' && value !== null && Object.values(value).some(mentions);
  };
  return (values) => values.some(mentions);
}

function anyOf(predicates: readonly ValuesPredicate[]): ValuesPredicate {
  return (values) => predicates.some((predicate) => predicate(values));
}

function requireObject(value: unknown, place: string): Filter {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(place, 'should be object');
  return value as Filter;
}

function requireText(filter: Filter, name: string, place: string): string {
  const value = filter[name];
  if (value === undefined) throw invalid(`${place}[]`, `should have required property '${name}'`);
  if (typeof value !== 'string' || value.trim() === '') {
    throw invalid(`${place}[].${name}`, 'should be a string that is not blank');
  }
  return value;
}

function refuseUnknown(filter: Filter, known: readonly string[], place: string): void {
  const unknown = Object.keys(filter).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${place}[]`, `should NOT have additional properties ('${unknown}')`);
}

function invalid(place: string, problem: string): ServiceError {
  return new ServiceError('InvalidInputException', `Invalid parameter 'Filters'. data.${place} ${problem}.`);
}
