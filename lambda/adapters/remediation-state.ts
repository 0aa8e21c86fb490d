/** The record of remediation, in PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { Place } from '../core/publish-target.ts';
import { type Admission, REVERSAL_DAYS, admit } from '../remediation/admission.ts';
import type { Subject } from '../remediation/action.ts';
import {
  type EventKind,
  type KnownFinding,
  type PlanContent,
  type PlannedChange,
  type Remediation,
  type RemediationEvent,
  type RemediationState,
  type Status,
  type UnmirroredEvent,
  recordedRegion,
} from '../remediation/record.ts';
import { placeIn } from './finding-state.ts';
import { associate, makeNotesDue, remediationNotes } from './remediation-notes.ts';
import { inTransaction } from './transaction.ts';

/** Minutes for which a started change is somebody's: longer than any function may run. */
export const LEASE_MINUTES = 20;

/** Names besides its own that a record keeps of a resource, the newest: each session of a role has another key. */
const MAX_ALIASES = 100;

/** Hours for which the same note about the same resource is not written again. */
const NOTE_HOURS = 24;

const COLUMNS = `remediation_id AS id, action_id AS "actionId", subject, source_key AS "sourceKey",
    technique_id AS "techniqueId", product_arn AS "productArn", status, before, after, calls, reason,
    requested_by AS "requestedBy", approvals, created_at AS "createdAt", updated_at AS "updatedAt",
    ended_at AS "endedAt", expires_at AS "expiresAt"`;

/** Rows of one action on one resource, given as $1 to $4. */
const SAME = 'action_id = $1 AND account_id = $2 AND region = $3 AND md5(resource_id) = md5($4) AND resource_id = $4';

/** Rows of one action on one resource, given as $1 to $4, and those that a finding has called so. */
const KNOWN_AS = `action_id = $1 AND account_id = $2 AND region = $3
    AND (resource_id = $4 OR jsonb_exists(subject -> 'aliases', $4))`;

/** No other of its action and resource is in one of these statuses. */
const noOther = (...statuses: readonly Status[]) => `NOT EXISTS (
              SELECT FROM state.remediation o WHERE o.remediation_id <> r.remediation_id AND o.action_id = r.action_id
                AND o.account_id = r.account_id AND o.region = r.region AND md5(o.resource_id) = md5(r.resource_id)
                AND o.status IN ('${statuses.join(`', '`)}'))`;
const NOTHING_ELSE_OPEN = noOther('planned', 'requested', 'applying', 'undoing');
const NOTHING_UNDER_WAY = noOther('applying', 'undoing');

/** Of events in an hour: a change of the action was begun and failed. That an account does not let us in is no such failure. */
const FAILED_CHANGE = `e.kind = 'failure' AND r.action_id = $1
            AND EXISTS (SELECT FROM state.remediation_event s WHERE s.remediation_id = e.remediation_id AND s.kind = 'start')`;

/** No later change of its action and resource stands: that one is to be undone first. */
const NOTHING_LATER_APPLIED = `NOT EXISTS (
              SELECT FROM state.remediation n WHERE n.created_at > r.created_at AND n.action_id = r.action_id
                AND n.account_id = r.account_id AND n.region = r.region AND md5(n.resource_id) = md5(r.resource_id)
                AND n.status = 'applied')`;

/** The recorded plan is the one given as $2 to $4. */
const PLANNED_SO = 'before = $2::jsonb AND after = $3::jsonb AND calls = $4::jsonb';

type Row = Omit<Remediation, 'createdAt' | 'updatedAt' | 'endedAt' | 'expiresAt'> & {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly expiresAt: Date | null;
};

/** Throws where the database does not answer. */
export function remediationState(sequelize: Sequelize): RemediationState {
  const select = <T extends object>(sql: string, bind: readonly unknown[], transaction?: Transaction) =>
    sequelize.query<T>(sql, { type: QueryTypes.SELECT, bind: [...bind], ...(transaction ? { transaction } : {}) });
  const remediations = async (sql: string, bind: readonly unknown[], transaction?: Transaction) =>
    (await select<Row>(sql, bind, transaction)).map(asRemediation);
  const addEvent = async (
    transaction: Transaction,
    id: string,
    kind: EventKind,
    actor: string,
    now: Date,
    detail: Readonly<Record<string, unknown>> = {},
  ) => {
    await select(
      `INSERT INTO state.remediation_event (remediation_id, kind, actor, at, detail) VALUES ($1, $2, $3, $4, $5::jsonb)`,
      [id, kind, actor, now.toISOString(), JSON.stringify(detail)],
      transaction,
    );
    await makeNotesDue(sequelize, transaction, id, now);
  };
  /**
   * Whoever takes up, agrees or begins does so alone: what one of them has read the others would change. Limits are about all of
   * them together, and changes an hour can be counted on one's fingers.
   */
  const oneAtATime = (transaction: Transaction) =>
    select(`SELECT pg_advisory_xact_lock(hashtext('virtual_soc remediation'))`, [], transaction);
  const setStatus = (transaction: Transaction, id: string, status: Status, reason: string | null, now: Date) =>
    select(
      `UPDATE state.remediation SET status = $2, reason = $3, updated_at = $4, lease_until = NULL, expires_at = NULL,
        ended_at = CASE WHEN $2 = 'reverted' THEN $4::timestamptz ELSE ended_at END
      WHERE remediation_id = $1`,
      [id, status, reason, now.toISOString()],
      transaction,
    );

  /** All that admission needs, read while nobody else may take up anything. */
  async function historyOf({ actionId, subject }: PlannedChange, now: Date, transaction: Transaction) {
    await oneAtATime(transaction);
    const key = keyOf(actionId, subject);
    const rows = await remediations(
      `(SELECT ${COLUMNS} FROM state.remediation WHERE ${SAME} AND status IN ('planned', 'requested', 'applying', 'undoing'))
      UNION ALL
      (SELECT ${COLUMNS} FROM state.remediation WHERE ${SAME} AND status IN ('applied', 'undone', 'reverted', 'stopped')
      ORDER BY coalesce(ended_at, updated_at) DESC, created_at DESC LIMIT 1)`,
      key,
      transaction,
    );
    const open = rows.find(({ status }) => ['planned', 'requested', 'applying', 'undoing'].includes(status));
    const [counts] = await select<Counts>(
      `SELECT
        (SELECT count(*) FROM state.remediation WHERE ${SAME} AND status = 'reverted'
            AND updated_at > $5::timestamptz - interval '${REVERSAL_DAYS} days')::int AS reversals,
        count(*) FILTER (WHERE e.kind = 'start')::int AS "startsInAnHour",
        count(*) FILTER (WHERE e.kind = 'start' AND r.account_id = $2)::int AS "startsOfAccountInAnHour",
        count(*) FILTER (WHERE ${FAILED_CHANGE} AND r.account_id = $2)::int AS "failuresOfAccountInAnHour",
        count(DISTINCT r.account_id) FILTER (WHERE ${FAILED_CHANGE})::int AS "failingAccountsInAnHour"
      FROM state.remediation_event e JOIN state.remediation r USING (remediation_id)
      WHERE e.kind IN ('start', 'failure') AND e.at > $5::timestamptz - interval '1 hour'`,
      [...key, now.toISOString()],
      transaction,
    );
    return { open, last: rows.find((row) => row !== open), ...(counts ?? NO_COUNTS) };
  }

  /** Has an open row know what this finding calls its subject too: people's answers go by it. */
  async function callAlso(open: Remediation, subject: Subject, transaction: Transaction) {
    const { aliases = [] } = withAliasesOf(subject, open.subject);
    if (aliases.every((name) => open.subject.aliases?.includes(name))) return;
    await select(
      `UPDATE state.remediation SET subject = subject || $2::jsonb WHERE remediation_id = $1`,
      [open.id, JSON.stringify({ aliases })],
      transaction,
    );
  }

  /** Writes what admission has decided. Returns the row's id. */
  async function carryOut(
    change: PlannedChange,
    { outcome, reason, expires, isReversal }: Admission,
    history: { readonly open: Remediation | undefined; readonly last: Remediation | undefined },
    by: string,
    expiresAt: Date,
    now: Date,
    transaction: Transaction,
  ): Promise<string> {
    const { open, last } = history;
    if (isReversal && last) {
      await setStatus(transaction, last.id, 'reverted', 'somebody or something has set it back', now);
      await addEvent(transaction, last.id, 'reversal', by, now);
    }
    if (expires && open) {
      await setStatus(transaction, open.id, 'expired', 'nobody has answered in time', now);
      await addEvent(transaction, open.id, 'expiry', by, now);
    }
    const status = outcome as Status;
    const kept = open !== undefined && !expires ? open.id : undefined;
    const id = kept ?? `r-${randomBytes(10).toString('hex')}`;
    const { actionId, subject, sourceKey, techniqueId, productArn, before, after, calls, remark } = change;
    const said = [reason, remark].filter((part) => part !== undefined).join('; ') || null;
    await select(
      `INSERT INTO state.remediation AS r (remediation_id, action_id, account_id, region, resource_id, subject, source_key,
          technique_id, product_arn, status, before, after, calls, reason, requested_by, created_at, updated_at, expires_at,
          lease_until, ended_at)
      VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13::jsonb, $14, $15, $16, $16, $17, $18,
          $19)
      ON CONFLICT (remediation_id) DO UPDATE SET
          subject = excluded.subject, source_key = excluded.source_key, technique_id = excluded.technique_id,
          product_arn = excluded.product_arn, status = excluded.status, before = excluded.before, after = excluded.after,
          calls = excluded.calls, reason = excluded.reason, requested_by = excluded.requested_by, approvals = '[]',
          updated_at = excluded.updated_at, expires_at = excluded.expires_at, lease_until = excluded.lease_until,
          ended_at = excluded.ended_at`,
      [
        id,
        actionId,
        subject.accountId,
        recordedRegion(subject),
        subject.resourceId,
        JSON.stringify(kept === undefined || !open ? subject : withAliasesOf(subject, open.subject)),
        sourceKey,
        techniqueId,
        productArn,
        status,
        JSON.stringify(before),
        JSON.stringify(after),
        JSON.stringify(calls),
        said,
        by,
        now.toISOString(),
        status === 'requested' ? expiresAt.toISOString() : null,
        status === 'applying' ? leaseFrom(now) : null,
        status === 'stopped' ? now.toISOString() : null,
      ],
      transaction,
    );
    const kind: EventKind = KIND_OF[outcome as keyof typeof KIND_OF];
    await addEvent(transaction, id, kind, by, now, {
      before,
      after,
      calls,
      ...(said === null ? {} : { reason: said }),
    });
    return id;
  }

  return {
    findFinding: async (sourceKey, techniqueId) => {
      const [found] = await select<Omit<KnownFinding, 'place'> & { readonly place: Place | null }>(
        `SELECT t.record_state = 'ACTIVE' AND s.is_open AS "isActive",
          t.workflow_status IN ('SUPPRESSED', 'RESOLVED') AS "isSuppressed", ${placeIn('t')} AS place,
          s.account_id AS "accountId", s.region, s.provider, s.rule_key AS "ruleKey", s.finding AS source
        FROM state.technique_finding t JOIN state.source s USING (source_key)
        WHERE t.source_key = $1 AND t.technique_id = $2`,
        [sourceKey, techniqueId],
      );
      return found && { ...found, place: found.place ?? 'hub' };
    },

    isWanted: async (id) => {
      const [wanted] = await select(
        `SELECT FROM (
          SELECT source_key, technique_id FROM state.remediation WHERE remediation_id = $1
          UNION SELECT source_key, technique_id FROM state.remediation_finding WHERE remediation_id = $1
        ) asked
        JOIN state.technique_finding t USING (source_key, technique_id) JOIN state.source s USING (source_key)
        WHERE t.record_state = 'ACTIVE' AND s.is_open AND s.finding IS NOT NULL
          AND t.workflow_status NOT IN ('SUPPRESSED', 'RESOLVED') LIMIT 1`,
        [id],
      );
      return wanted !== undefined;
    },

    takeUp: (change, aspiration, by, terms, now) =>
      inTransaction(sequelize, async (transaction) => {
        const history = await historyOf(change, now, transaction);
        const admission = admit(change, aspiration, history, terms, now);
        const { outcome, reason } = admission;
        const known = history.open?.id ?? history.last?.id ?? '';
        const isNothing = outcome === 'unchanged' || outcome === 'in-progress' || outcome === 'settling';
        const expiresAt = new Date(now.getTime() + terms.approval.expiresAfterHours * 60 * 60_000);
        if (isNothing && history.open) await callAlso(history.open, change.subject, transaction);
        const id = isNothing ? known : await carryOut(change, admission, history, by, expiresAt, now, transaction);
        await associate(sequelize, transaction, id, change, now);
        return { outcome, id, reason };
      }),

    note: ({ actionId, subject, sourceKey, techniqueId, productArn }, status, reason, mode, now) =>
      inTransaction(sequelize, async (transaction) => {
        await oneAtATime(transaction);
        const [known] = await select<{ readonly id: string }>(
          // What was no more than looked at is told once more when it is to be done.
          `SELECT remediation_id AS id FROM state.remediation r WHERE ${SAME} AND status = $5 AND reason = $6
            AND updated_at > $7::timestamptz - interval '${NOTE_HOURS} hours'
            AND ($8::boolean OR NOT EXISTS (
              SELECT FROM state.remediation_event e WHERE e.remediation_id = r.remediation_id AND e.detail ->> 'mode' = 'plan'))`,
          [...keyOf(actionId, subject), status, reason, now.toISOString(), mode === 'plan'],
          transaction,
        );
        if (known) {
          await associate(sequelize, transaction, known.id, { sourceKey, techniqueId, productArn }, now);
          return false;
        }
        const id = `r-${randomBytes(10).toString('hex')}`;
        await select(
          `INSERT INTO state.remediation (remediation_id, action_id, account_id, region, resource_id, subject, source_key,
            technique_id, product_arn, status, reason, requested_by, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, 'automatic', $12, $12)`,
          [
            id,
            actionId,
            subject.accountId,
            recordedRegion(subject),
            subject.resourceId,
            JSON.stringify(subject),
            sourceKey,
            techniqueId,
            productArn,
            status,
            reason,
            now.toISOString(),
          ],
          transaction,
        );
        await addEvent(transaction, id, status === 'alerted' ? 'alert' : 'failure', 'automatic', now, {
          reason,
          ...(mode === undefined ? {} : { mode }),
        });
        await associate(sequelize, transaction, id, { sourceKey, techniqueId, productArn }, now);
        return true;
      }),

    openUnder: async (actionId, subject) =>
      (
        await select<{ readonly subject: Subject; readonly updatedAt: Date }>(
          `SELECT subject, updated_at AS "updatedAt" FROM state.remediation WHERE ${KNOWN_AS} AND status IN ('planned', 'requested')
          ORDER BY created_at, remediation_id`,
          keyOf(actionId, subject),
        )
      ).map((row) => ({ subject: row.subject, plannedAt: row.updatedAt.toISOString() })),

    lapse: (actionId, subject, reason, now, upTo) =>
      inTransaction(sequelize, async (transaction) => {
        const lapsed = await select<{ id: string }>(
          `UPDATE state.remediation SET status = 'lapsed', reason = $5, updated_at = $6, expires_at = NULL
          WHERE ${KNOWN_AS} AND status IN ('planned', 'requested')
            AND ($7::timestamptz IS NULL OR (subject ->> 'observedAt')::timestamptz <= $7)
          RETURNING remediation_id AS id`,
          [...keyOf(actionId, subject), reason, now.toISOString(), upTo ?? null],
          transaction,
        );
        for (const { id } of lapsed) await addEvent(transaction, id, 'lapse', 'automatic', now, { reason });
      }),

    find: async (id) => {
      const [remediation] = await remediations(`SELECT ${COLUMNS} FROM state.remediation WHERE remediation_id = $1`, [
        id,
      ]);
      if (!remediation) return undefined;
      const events = await select<Omit<RemediationEvent, 'at'> & { readonly at: Date }>(
        `SELECT kind, actor, at, detail FROM state.remediation_event WHERE remediation_id = $1 ORDER BY event_id`,
        [id],
      );
      return { remediation, events: events.map((event) => ({ ...event, at: event.at.toISOString() })) };
    },

    list: ({ status, accountId }, limit) =>
      remediations(
        `SELECT ${COLUMNS} FROM state.remediation
        WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR account_id = $2)
        ORDER BY updated_at DESC, remediation_id LIMIT $3`,
        [status ?? null, accountId ?? null, limit],
      ),

    approve: (id, { before, after, calls }, who, { expiresAfterHours }, now) =>
      inTransaction(sequelize, async (transaction) => {
        await oneAtATime(transaction);
        const hours = expiresAfterHours * 60 * 60_000;
        const [waiting] = await remediations(
          `SELECT ${COLUMNS} FROM state.remediation WHERE remediation_id = $1 AND ${PLANNED_SO}
            AND (status IN ('planned', 'stopped') OR (status = 'requested' AND expires_at > $5)) FOR UPDATE`,
          [id, ...planOf({ before, after, calls }), now.toISOString()],
          transaction,
        );
        if (!waiting) return undefined;
        const valid = waiting.approvals.filter(({ at }) => Date.parse(at) > now.getTime() - hours);
        const isNew = !valid.some((approval) => approval.who === who);
        const approvals = isNew ? [...valid, { who, at: now.toISOString() }] : valid;
        const isAsked = waiting.status === 'planned';
        const [approved] = await remediations(
          `UPDATE state.remediation SET approvals = $2::jsonb, updated_at = $3,
            status = CASE WHEN $4::boolean THEN 'requested' ELSE status END,
            expires_at = CASE WHEN $4::boolean THEN $5::timestamptz ELSE expires_at END
          WHERE remediation_id = $1 RETURNING ${COLUMNS}`,
          [id, JSON.stringify(approvals), now.toISOString(), isAsked, new Date(now.getTime() + hours).toISOString()],
          transaction,
        );
        if (isAsked) await addEvent(transaction, id, 'request', who, now, { before, after, calls });
        if (isNew) await addEvent(transaction, id, 'approval', who, now);
        return approved;
      }),

    replan: (id, plan, { before, after, calls }, now) =>
      inTransaction(sequelize, async (transaction) => {
        await oneAtATime(transaction);
        const [changed] = await select(
          `UPDATE state.remediation SET before = $5::jsonb, after = $6::jsonb, calls = $7::jsonb, approvals = '[]',
            updated_at = $8, reason = 'the resource has changed since; this is a new plan'
          WHERE remediation_id = $1 AND ${PLANNED_SO} AND status IN ('planned', 'requested', 'stopped')
          RETURNING remediation_id`,
          [id, ...planOf(plan), ...planOf({ before, after, calls }), now.toISOString()],
          transaction,
        );
        if (changed) await addEvent(transaction, id, 'plan', 'automatic', now, { before, after, calls });
        return changed !== undefined;
      }),

    start: (id, plan, { before, after, calls }, by, now) =>
      inTransaction(sequelize, async (transaction) => {
        await oneAtATime(transaction);
        const [started] = await select(
          `UPDATE state.remediation r SET status = 'applying', before = $5::jsonb, after = $6::jsonb, calls = $7::jsonb,
            updated_at = $8, expires_at = NULL, lease_until = $9
          WHERE remediation_id = $1 AND ${PLANNED_SO}
            AND (status = 'stopped' OR (status = 'requested' AND expires_at > $8::timestamptz)) AND ${NOTHING_ELSE_OPEN}
          RETURNING remediation_id`,
          [id, ...planOf(plan), ...planOf({ before, after, calls }), now.toISOString(), leaseFrom(now)],
          transaction,
        );
        if (started) await addEvent(transaction, id, 'start', by, now, { before, after, calls });
        return started !== undefined;
      }),

    startUndo: (id, by, now) =>
      inTransaction(sequelize, async (transaction) => {
        await oneAtATime(transaction);
        const [possible] = await select<{ readonly status: Status }>(
          `SELECT status FROM state.remediation r WHERE remediation_id = $1 AND status IN ('applied', 'failed')
            AND ${NOTHING_UNDER_WAY} AND ${NOTHING_LATER_APPLIED} FOR UPDATE`,
          [id],
          transaction,
        );
        if (!possible) return false;
        const lapsed = await select<{ readonly id: string }>(
          `UPDATE state.remediation o SET status = 'lapsed', reason = $2, updated_at = $3, expires_at = NULL
          FROM state.remediation r
          WHERE r.remediation_id = $1 AND o.action_id = r.action_id AND o.account_id = r.account_id AND o.region = r.region
            AND md5(o.resource_id) = md5(r.resource_id) AND o.resource_id = r.resource_id
            AND o.status IN ('planned', 'requested') RETURNING o.remediation_id AS id`,
          [id, `${id} is undone`, now.toISOString()],
          transaction,
        );
        for (const each of lapsed)
          await addEvent(transaction, each.id, 'lapse', by, now, { reason: `${id} is undone` });
        await select(
          `UPDATE state.remediation SET status = 'undoing', updated_at = $2, lease_until = $3 WHERE remediation_id = $1`,
          [id, now.toISOString(), leaseFrom(now)],
          transaction,
        );
        await addEvent(transaction, id, 'undo-start', by, now, { from: possible.status });
        return true;
      }),

    refuseUndo: (id, reason, by, now) =>
      inTransaction(sequelize, (transaction) => addEvent(transaction, id, 'undo-refusal', by, now, { reason })),

    finish: (id, { status, kind, reason, after, expiresAt = null }, by, now) =>
      inTransaction(sequelize, async (transaction) => {
        const [finished] = await select(
          `UPDATE state.remediation SET status = $2, reason = $3, updated_at = $4, lease_until = NULL,
            ended_at = CASE WHEN $7::boolean THEN $4::timestamptz ELSE ended_at END, expires_at = $8::timestamptz,
            after = CASE WHEN $5::boolean THEN $6::jsonb ELSE after END
          WHERE remediation_id = $1 AND status IN ('applying', 'undoing') RETURNING remediation_id`,
          [
            id,
            status,
            reason,
            now.toISOString(),
            after !== undefined,
            JSON.stringify(after ?? null),
            kind === 'application' || kind === 'undo',
            expiresAt,
          ],
          transaction,
        );
        if (finished) {
          await addEvent(transaction, id, kind, by, now, {
            ...(reason === null ? {} : { reason }),
            ...(after === undefined ? {} : { after }),
          });
        }
        return finished !== undefined;
      }),

    abandoned: (now, limit) =>
      remediations(`SELECT ${COLUMNS} FROM state.remediation WHERE lease_until < $1 ORDER BY lease_until LIMIT $2`, [
        now.toISOString(),
        limit,
      ]),

    postpone: async (id, now) => {
      await select(
        `UPDATE state.remediation SET lease_until = $2 WHERE remediation_id = $1 AND status IN ('applying', 'undoing')`,
        [id, leaseFrom(now)],
      );
    },

    expire: (now) =>
      inTransaction(sequelize, async (transaction) => {
        const expired = await select<{ id: string }>(
          `UPDATE state.remediation SET status = 'expired', reason = 'nobody has answered in time', updated_at = $1,
            expires_at = NULL
          WHERE status = 'requested' AND expires_at <= $1 RETURNING remediation_id AS id`,
          [now.toISOString()],
          transaction,
        );
        for (const { id } of expired) await addEvent(transaction, id, 'expiry', 'automatic', now);
        return expired.length;
      }),

    // Held while others are called, by a transaction that reads nothing: if the function is cut off, so is the lock.
    tellAlone: (work) =>
      sequelize.transaction(async (transaction) => {
        const [lock] = await select<{ readonly taken: boolean }>(
          `SELECT pg_try_advisory_xact_lock(hashtext('virtual-soc/tell-remediation')) AS taken`,
          [],
          transaction,
        );
        return lock?.taken === true ? work() : undefined;
      }),

    unmirrored: async (limit, except) => {
      const rows = await select<
        Row & {
          readonly eventId: string;
          readonly kind: EventKind;
          readonly actor: string;
          readonly at: Date;
          readonly detail: Readonly<Record<string, unknown>>;
        }
      >(
        `SELECT event_id AS "eventId", kind, actor, at, detail, ${COLUMNS}
        FROM (
          SELECT * FROM state.remediation_event WHERE mirrored_at IS NULL AND event_id <> ALL ($2::bigint[])
          ORDER BY event_id LIMIT $1
        ) e
        JOIN state.remediation USING (remediation_id) ORDER BY event_id`,
        [limit, except],
      );
      return rows.map(({ eventId, kind, actor, at, detail, ...row }): UnmirroredEvent => ({
        eventId,
        kind,
        actor,
        at: at.toISOString(),
        detail,
        remediation: asRemediation(row),
      }));
    },

    mirrored: async (eventIds, now) => {
      await select(
        `UPDATE state.remediation_event SET mirrored_at = $2 WHERE event_id = ANY ($1::bigint[]) AND mirrored_at IS NULL`,
        [eventIds, now.toISOString()],
      );
    },

    ...remediationNotes(sequelize),
  };
}

interface Counts {
  readonly reversals: number;
  readonly startsInAnHour: number;
  readonly startsOfAccountInAnHour: number;
  readonly failuresOfAccountInAnHour: number;
  readonly failingAccountsInAnHour: number;
}

const NO_COUNTS: Counts = {
  reversals: 0,
  startsInAnHour: 0,
  startsOfAccountInAnHour: 0,
  failuresOfAccountInAnHour: 0,
  failingAccountsInAnHour: 0,
};

const KIND_OF = { planned: 'plan', requested: 'request', applying: 'start', stopped: 'stop' } as const;

/** What {@link SAME} takes. */
function keyOf(actionId: string, subject: Subject): string[] {
  return [actionId, subject.accountId, recordedRegion(subject), subject.resourceId];
}

function withAliasesOf(subject: Subject, { aliases = [] }: Subject): Subject {
  const all = [...new Set([...aliases, ...(subject.aliases ?? [])])].slice(-MAX_ALIASES);
  return all.length === 0 ? subject : { ...subject, aliases: all };
}

function planOf({ before, after, calls }: PlanContent): string[] {
  return [before, after, calls].map((part) => JSON.stringify(part));
}

function leaseFrom(now: Date): string {
  return new Date(now.getTime() + LEASE_MINUTES * 60_000).toISOString();
}

function asRemediation({ createdAt, updatedAt, endedAt, expiresAt, before, after, ...row }: Row): Remediation {
  return {
    ...row,
    before: before ?? null,
    after: after ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
