import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

/** Checks whose findings may be explained. What the others find is a mistake. */
export const CHECKS = ['cdk-nag', 'cfn-guard', 'iam-reference', 'policies', 'replacement'] as const;

export type Check = (typeof CHECKS)[number];

/** What a check holds against one resource of one template. */
export interface Finding {
  readonly check: Check;
  readonly rule: string;
  /** Its name in {@link synthesisedTemplates}. */
  readonly template: string;
  readonly logicalId: string;
}

/** A finding that stays, and why. */
export interface Exception extends Finding {
  readonly reason: string;
}

const FILE = path.join(import.meta.dirname, 'exceptions.csv');

/** The exceptions, a row each. The first row names the columns. */
export function readExceptions(file = FILE): readonly Exception[] {
  const columns = ['check', 'rule', 'template', 'logicalId', 'reason'];
  return parse(readFileSync(file, 'utf8'), { columns, from: 2 });
}

/** Findings without an exception, each once. */
export function unexplained(findings: readonly Finding[], exceptions: readonly Exception[]): Finding[] {
  const explained = new Set(exceptions.map(keyOf));
  const unique = new Map(findings.map((finding) => [keyOf(finding), finding]));
  return [...unique].filter(([key]) => !explained.has(key)).map(([, finding]) => finding);
}

/** Exceptions of a check that nothing is found for any more. */
export function superfluous(
  check: Check,
  findings: readonly Finding[],
  exceptions: readonly Exception[],
): readonly Exception[] {
  const found = new Set(findings.map(keyOf));
  return exceptions.filter((exception) => exception.check === check && !found.has(keyOf(exception)));
}

/** Fails with the rows that are missing in `exceptions.csv`. Mend what was found, or add them, each with its reason. */
export function assertExplained(findings: readonly Finding[], exceptions = readExceptions()): void {
  const rows = unexplained(findings, exceptions).map(keyOf);
  assert.equal(rows.length, 0, `found, and not explained in exceptions.csv:\n${rows.join('\n')}`);
}

/** Fails with the rows of `exceptions.csv` that are to be removed. */
export function assertNoneSuperfluous(check: Check, findings: readonly Finding[], exceptions = readExceptions()): void {
  const rows = superfluous(check, findings, exceptions).map(keyOf);
  assert.equal(rows.length, 0, `explained in exceptions.csv, and no longer found:\n${rows.join('\n')}`);
}

function keyOf({ check, rule, template, logicalId }: Finding): string {
  return [check, rule, template, logicalId].map((field) => (/[",]/.test(field) ? `"${field}"` : field)).join(',');
}
