/**
 * What was decided while the catalogue was reviewed: published links that were left out, and rules that may break a
 * check. It stands beside the catalogue and is never loaded into a database, since no finding depends on it.
 */
import type { Effect, Score } from '../lambda/core/catalogue.ts';

/** What became of a published link: it stands in the catalogue (`linked`), or why it does not. */
export const PUBLISHED_DECISIONS = [
  'linked',
  'sub-technique-linked',
  'wrong-technique',
  'no-visible-behaviour',
  'too-generic',
  'merged-id',
  'over-six',
  'off-matrix-host-only',
] as const;
export type PublishedDecision = (typeof PUBLISHED_DECISIONS)[number];

/** A pair of rule and technique that somebody else has published. */
export interface PublishedLinkRow {
  /** `ctid` or `prowler`. */
  readonly source: string;
  readonly provider: string;
  readonly ruleKey: string;
  /** The current id. */
  readonly techniqueId: string;
  /** The id as published, which ATT&CK may have withdrawn since. */
  readonly publishedId: string;
  /** Null where the source publishes pairs only. */
  readonly effect: Effect | null;
  readonly score: Score | null;
  readonly decision: PublishedDecision;
  /** Why it was left out, where the decision does not say it all. */
  readonly reason: string | null;
}

/** Checks that a rule may break with a reviewed reason. */
export const EXCEPTION_CHECKS = ['most-links', 'threat-purpose'] as const;

/** A rule that may break one check. */
export interface ExceptionRow {
  readonly check: (typeof EXCEPTION_CHECKS)[number];
  readonly provider: string;
  readonly ruleKey: string;
  readonly reason: string;
}

/** All that was decided. */
export interface CatalogueReview {
  readonly publishedLinks: readonly PublishedLinkRow[];
  readonly exceptions: readonly ExceptionRow[];
}

/** Nothing decided yet. */
export const NO_REVIEW: CatalogueReview = { publishedLinks: [], exceptions: [] };
