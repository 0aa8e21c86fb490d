/**
 * The circuit breakers of the owners' Security Hubs, one for each account and Region, kept in PostgreSQL so that all
 * functions share them: who does not let us in, or does not answer, is left alone for a while and then tried by one batch.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import { HUB, type Place } from '../core/publish-target.ts';
import type { Admission, Answer } from '../publish-to-places.ts';
import { type ImportBudget, ImportBudgetExhausted, MAX_WAIT_SECONDS, REFILLED } from './import-budget.ts';
import { untilConflictFree } from './transaction.ts';

/** Failures in a row that open a breaker. */
export const FAILURES_TO_OPEN = 3;
/** Minutes for which it stays open. Shorter than a queue's visibility timeout: what failed comes again when it may pass. */
export const OPEN_MINUTES = 5;
/** Minutes after which one that refused is tried again: a role does not appear by itself. */
export const REFUSED_MINUTES = 60;
/** Hours without an answer after which a place counts as refusing, so that its findings are seen in the hub. */
export const OUTAGE_HOURS = 24;

const minutes = (count: number) => `interval '${count} minutes'`;

/**
 * Takes the budget of all places that are not shut, in the order of their keys as every statement here that locks more than
 * one row. Of those whose time to be tried again has come, it claims what no other batch is claiming.
 */
const ADMIT = `
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::float8[]) AS a (place, bucket, calls)
), known AS (
    SELECT p.place, p.refused FROM state.publish_target p
    WHERE p.place = ANY ($1::text[]) AND (p.refused OR p.failures >= ${FAILURES_TO_OPEN})
), due AS (
    SELECT p.place FROM state.publish_target p JOIN known USING (place)
    WHERE p.retry_at <= $4::timestamptz ORDER BY p.place FOR NO KEY UPDATE OF p SKIP LOCKED
), claimed AS (
    UPDATE state.publish_target p SET retry_at = $4::timestamptz + ${minutes(OPEN_MINUTES)}
    FROM due WHERE p.place = due.place
    RETURNING p.place
), admitted AS (
    SELECT asked.* FROM asked LEFT JOIN known USING (place) LEFT JOIN claimed USING (place)
    WHERE known.place IS NULL OR claimed.place IS NOT NULL
), paid AS (
    INSERT INTO state.import_budget AS b (hub, tokens, refilled_at)
    SELECT bucket, $5::float8 - calls, clock_timestamp() FROM admitted ORDER BY bucket
    ON CONFLICT (hub) DO UPDATE SET
        tokens = ${REFILLED('$5', '$6')} - ($5 - excluded.tokens),
        refilled_at = clock_timestamp()
    WHERE ${REFILLED('$5', '$6')} - ($5 - excluded.tokens) >= -$7::float8
    RETURNING hub, tokens
)
SELECT asked.place, paid.tokens, CASE
    WHEN known.place IS NOT NULL AND claimed.place IS NULL AND known.refused THEN 'refused'
    WHEN known.place IS NOT NULL AND claimed.place IS NULL THEN 'unreachable'
    WHEN paid.hub IS NULL THEN 'throttled'
    WHEN claimed.place IS NOT NULL THEN 'probe'
    ELSE 'admitted' END AS admission
FROM asked LEFT JOIN known USING (place) LEFT JOIN claimed USING (place) LEFT JOIN paid ON paid.hub = asked.bucket`;

/**
 * Two steps of a statement that note the answers given as $n (places), $n+1 (kinds), $n+2 (codes), at the time $now. A place
 * that answers is forgotten, so that the table holds only those that do not.
 */
export function noteAnswers(first: number, now: string): string {
  const [places, kinds, codes] = [`$${first}::text[]`, `$${first + 1}::text[]`, `$${first + 2}::text[]`];
  const tooLong = `(p.failures + 1 >= ${FAILURES_TO_OPEN}
            AND p.failing_since <= ${now}::timestamptz - interval '${OUTAGE_HOURS} hours')`;
  return `answer AS (
    SELECT * FROM unnest(${places}, ${kinds}, ${codes}) AS a (place, kind, code)
), forgotten AS (
    DELETE FROM state.publish_target p USING (
        SELECT p.place FROM state.publish_target p JOIN answer USING (place) WHERE answer.kind = 'reached'
        ORDER BY p.place FOR UPDATE OF p
    ) reached WHERE p.place = reached.place
), noted AS (
    INSERT INTO state.publish_target AS p (place, failures, failing_since, refused, code, retry_at)
    SELECT place, 1, ${now}::timestamptz, kind = 'refused', code,
        ${now}::timestamptz + CASE kind WHEN 'refused' THEN ${minutes(REFUSED_MINUTES)} ELSE interval '0' END
    FROM answer WHERE kind <> 'reached' ORDER BY place
    ON CONFLICT (place) DO UPDATE SET
        failures = p.failures + 1,
        refused = excluded.refused OR p.refused OR ${tooLong},
        code = excluded.code,
        retry_at = greatest(p.retry_at, ${now}::timestamptz + CASE
            WHEN excluded.refused OR p.refused OR ${tooLong} THEN ${minutes(REFUSED_MINUTES)}
            WHEN p.failures + 1 >= ${FAILURES_TO_OPEN} THEN ${minutes(OPEN_MINUTES)}
            ELSE interval '0' END)
)`;
}

/** The columns of {@link noteAnswers}; only those of one kind where given. */
export function columnsOfAnswers(answers: ReadonlyMap<Place, Answer>, kind?: Answer['kind']): unknown[][] {
  const rows = [...answers].filter(([place, answer]) => place !== HUB && (kind === undefined || answer.kind === kind));
  return [
    rows.map(([place]) => place),
    rows.map(([, answer]) => answer.kind),
    rows.map(([, answer]) => (answer.kind === 'reached' ? null : answer.code)),
  ];
}

/** What one batch may do at each of its places. */
export interface AdmittedPlaces {
  readonly admissions: ReadonlyMap<Place, Admission>;
  /** The budget of a place: what was taken for this batch first, then what is taken call by call. */
  budgetOf(place: Place): ImportBudget;
}

/** How calls are counted: at what rate, and in which bucket those of a place. */
export interface BudgetTerms {
  readonly rate: number;
  readonly burst: number;
  readonly bucketOf: (place: Place) => string;
  /** The budget of a bucket for calls beyond those that were taken at once. */
  readonly beyond: (bucket: string) => ImportBudget;
}

/** Asks for the calls of a batch, all its places in one statement. */
export async function admitPlaces(
  sequelize: Sequelize,
  calls: ReadonlyMap<Place, number>,
  now: Date,
  { rate, burst, bucketOf, beyond }: BudgetTerms,
): Promise<AdmittedPlaces> {
  const places = [...calls.keys()];
  const taken = new Map(places.map((place) => [place, Math.min(calls.get(place) ?? 0, burst)]));
  const rows = await untilConflictFree(() =>
    sequelize.query<{ place: Place; tokens: number | null; admission: Admission }>(ADMIT, {
      type: QueryTypes.SELECT,
      bind: [
        places,
        places.map(bucketOf),
        places.map((place) => taken.get(place) ?? 0),
        now.toISOString(),
        burst,
        rate,
        MAX_WAIT_SECONDS * rate,
      ],
    }),
  );
  const admissions = new Map(rows.map(({ place, admission }) => [place, admission]));
  const ready = new Map(
    rows.map(({ place, tokens }) => [place, performance.now() + Math.max(0, -(tokens ?? 0) / rate) * 1000]),
  );
  return {
    admissions,
    budgetOf: (place) => ({
      reserve: async (wanted) => {
        if (admissions.get(place) === 'throttled') {
          throw new ImportBudgetExhausted(`the import budget of ${bucketOf(place)} is spent for the next seconds`);
        }
        const paid = Math.min(wanted, taken.get(place) ?? 0);
        taken.set(place, (taken.get(place) ?? 0) - paid);
        const wait = (ready.get(place) ?? 0) - performance.now();
        if (paid > 0 && wait > 0) await sleep(wait);
        if (wanted > paid) await beyond(bucketOf(place)).reserve(wanted - paid);
      },
    }),
  };
}
