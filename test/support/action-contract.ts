/** What every remediation action promises, tested with each action's own data against the documented wire format. */
import assert from 'node:assert/strict';
import type { Action, Aim, Json, Source, Subject, Tags } from '../../lambda/remediation/action.ts';
import { applyAction, planAction, standingOf, undoAction } from '../../lambda/remediation/action-steps.ts';
import { iamActionOf, type Service, type Session } from '../../lambda/remediation/aws-call.ts';
import { type Configuration, configurationSchema } from '../../lambda/remediation/configuration.ts';
import { awsSession } from '../../lambda/remediation/member-session.ts';
import { type Step, permissionsOf, sessionPolicy } from '../../lambda/remediation/permission.ts';
import { decideScope } from '../../lambda/remediation/scope.ts';
import { planWithinScope } from '../../lambda/remediation/scoped-plan.ts';
import { standardSchema } from '../../lambda/remediation/standard.ts';
import type { Resource } from '../../lambda/core/finding.ts';
import {
  ATTEMPTS,
  type Answer,
  type Answers,
  type ServiceCall,
  ServiceError,
  type ServiceStandIn,
  startServices,
} from './service-stand-in.ts';

/** The account that findings are of. */
export const ACCOUNT = '444455556666';
export const REGION = 'eu-west-1';
export const SOURCE: Source = {
  accountId: ACCOUNT,
  region: REGION,
  partition: 'aws',
  updatedAt: '2026-11-01T10:00:00.000Z',
};
export const NOW = new Date('2026-11-01T12:00:00.000Z');
/** The account as a finding of a whole account names it. */
export const ACCOUNT_RESOURCE: Resource = { Type: 'AwsAccount', Id: `AWS::::Account:${ACCOUNT}` };

/** A call, short. */
export function call(name: string, input: Readonly<Record<string, unknown>> = {}): ServiceCall {
  return { call: name, input };
}

/** The data of one action. */
export interface ActionContract {
  readonly action: Action;
  readonly resource: Resource;
  readonly before: Json;
  readonly after: Json;
  /** What the services answer while the resource is not as it should be; calls that change something answer `{}`. */
  readonly off: Answers;
  /** What they answer once it is. */
  readonly on: Answers;
  /** All calls that a plan makes, exactly. */
  readonly reads: readonly ServiceCall[];
  /** Where they differ once it is as it should be. */
  readonly readsOnceOn?: readonly ServiceCall[];
  /** Those of the reads that only tell tags: where they are refused, the tags are unknown and the rest goes on. */
  readonly tagReads?: readonly string[];
  /** Tags that the plan tells. */
  readonly tags?: Tags;
  /** A resource that stands for several, and those that it stands for. */
  readonly expansion?: {
    readonly resource: Resource;
    readonly answers: Answers;
    /** All calls, exactly. */
    readonly calls: readonly ServiceCall[];
    readonly subjects: readonly Partial<Subject>[];
    /** What the session policy of the expansion names. */
    readonly sessionResources: readonly string[];
  };
  /** All calls that change something, exactly. */
  readonly applies: readonly ServiceCall[];
  /** None where it cannot be undone. */
  readonly undoes: readonly ServiceCall[];
  /** Further ways back, by what was there before. */
  readonly undoesTo?: readonly { readonly before: Json; readonly undoes: readonly ServiceCall[] }[];
  /**
   * What they answer where the resource is no more, once for each way to find that out: all reads up to the last that is answered here
   * are made, and no more. A setting of an account is always there, which has to be said.
   */
  readonly gone: readonly Answers[] | 'always there';
  /** Errors of those that may mean something else too, so that a change which they refuse has failed. */
  readonly vagueErrors?: readonly string[];
  /** Where it does not apply, and why in a few words. */
  readonly notApplicable?: Readonly<Record<string, Answers>>;
  /** Resources that are none of its own. */
  readonly foreign: readonly Resource[];
  /** Every resource that the session policies name, by step. */
  readonly sessionResources: { readonly [S in Step]: readonly string[] };
}

const DENIED: Partial<Record<Service, string>> = {
  iam: 'AccessDenied',
  rds: 'AccessDenied',
  redshift: 'AccessDenied',
  elasticache: 'AccessDenied',
  elbv2: 'AccessDenied',
  s3: 'AccessDenied',
  s3control: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
};
const THROTTLED: Partial<Record<Service, string>> = {
  iam: 'Throttling',
  rds: 'Throttling',
  redshift: 'Throttling',
  elasticache: 'Throttling',
  elbv2: 'Throttling',
  s3: 'SlowDown',
  s3control: 'SlowDown',
  ec2: 'RequestLimitExceeded',
};

/** The whole of what an action named in a configuration may do in the account of the finding. */
export function configurationFor(action: Pick<Action, 'id'>, changes: Record<string, unknown> = {}): Configuration {
  return configurationSchema.parse({
    version: 1,
    assignments: [{ actions: [action.id], mode: 'automatic', accounts: [ACCOUNT] }],
    breakGlass: [],
    ...changes,
  });
}

/** Whether an exception holds against an action on its whole account, of which nothing else is known. */
export function isExceptedBy(action: Action, exception: object): boolean {
  const exceptions = [{ ...exception, owner: 'payments', reason: 'audit', expires: '2027-01-31' }];
  const scope = decideScope(configurationFor(action, { exceptions }), {
    action,
    accountId: ACCOUNT,
    region: REGION,
    resourceIds: [`AWS::::Account:${ACCOUNT}`],
    organizationalUnits: undefined,
    principal: null,
    tags: undefined,
    now: NOW,
  });
  return scope.mode === 'off' && scope.outcome === 'exempt';
}

/** The standard that is asked for, all defaults. */
export const STANDARD = standardSchema.parse({});

/** Declares the tests of one action. */
export function keepsItsContract(contract: ActionContract): void {
  const { action, resource, before, after, off, on, reads, applies, undoes } = contract;
  const { readsOnceOn = reads, tagReads = [] } = contract;
  const recorded = { before, after };

  describe(action.id, () => {
    let services: ServiceStandIn;
    let session: Session;
    const seen = { plan: new Set<string>(), apply: new Set<string>(), undo: new Set<string>() };

    before_(async () => {
      services = await startServices();
    });
    after_(() => services.close());
    beforeEach(() => {
      services.calls.length = 0;
      session = awsSession({ ...services.client, region: REGION });
    });
    afterEach(() => session.close());

    const subject = (): Subject => {
      const identified = action.identify(resource, SOURCE);
      assert.ok(identified, 'the resource of the contract is one of the action');
      return identified;
    };
    const aim = (): Aim => ({ subject: subject(), standard: STANDARD, now: NOW });
    /** The reads up to one that is the last. */
    const readsUpTo = (name: string, all = reads) => all.slice(0, all.findIndex((each) => each.call === name) + 1);
    const decisiveReads = (all: readonly ServiceCall[]) => all.filter((each) => !tagReads.includes(each.call));
    const note = (step: Step, calls: readonly ServiceCall[]) => {
      for (const { call: name } of calls) seen[step].add(iamActionOfCall(name));
    };

    it('plans the change from what is there, and changes nothing', async () => {
      services.answers = off;

      const plan = await planAction(action, aim(), session);

      assert.equal(plan.outcome, 'change');
      if (plan.outcome !== 'change') return;
      assert.deepEqual({ before: plan.before, after: plan.after }, recorded);
      if (contract.tags !== undefined) assert.deepEqual(plan.tags, contract.tags);
      assert.deepEqual(
        plan.calls.map(({ service, operation }) => `${service}:${operation}`),
        applies.map(({ call: name }) => name),
      );
      assert.deepEqual(services.calls, reads);
      note('plan', services.calls);
    });

    if (contract.expansion !== undefined) {
      const { resource: several, answers, calls, subjects, sessionResources } = contract.expansion;

      it('stands for each that there is something to do about', async () => {
        services.answers = answers;
        const account = action.identify(several, SOURCE);
        assert.ok(account);

        const expanded = await action.expand?.(account, session);

        const { accountId, region, partition, observedAt } = account;
        assert.deepEqual(
          expanded,
          subjects.map((each) => ({ accountId, region, partition, observedAt, ...each })),
        );
        assert.deepEqual(services.calls, calls);
        assert.deepEqual(statementResources(action, 'plan', account), [...sessionResources].sort());
        note('plan', services.calls);
      });

      it('stands for itself where it is one', async () => {
        services.answers = {};

        assert.deepEqual(await action.expand?.(subject(), session), [subject()]);
        assert.deepEqual(services.calls, []);
      });
    }

    it('makes exactly the planned calls', async () => {
      services.answers = { ...off, ...accepted(applies) };

      const changed = await applyAction(action, aim(), recorded, session);

      assert.deepEqual(services.calls, [...reads, ...applies]);
      assert.equal(changed.outcome, 'done');
      assert.deepEqual(changed.outcome === 'done' ? changed.after : undefined, after);
      note('apply', services.calls.slice(reads.length));
    });

    it('has states that survive being stored as JSON', () => {
      assert.deepEqual(JSON.parse(JSON.stringify(recorded)), recorded);
    });

    it('does not apply a plan where the resource was changed since', async () => {
      services.answers = { ...on, ...accepted(applies) };

      const changed = await applyAction(action, aim(), recorded, session);

      assert.equal(changed.outcome, 'changed-meanwhile');
      assert.deepEqual(services.calls, readsOnceOn);
    });

    if (action.irreversible === undefined) {
      it('restores what was there before', async () => {
        for (const way of [{ before, undoes }, ...(contract.undoesTo ?? [])]) {
          services.calls.length = 0;
          services.answers = { ...on, ...accepted(way.undoes) };

          const changed = await undoAction(action, subject(), { before: way.before, after }, session);

          assert.deepEqual(services.calls, [...readsOnceOn, ...way.undoes]);
          assert.equal(changed.outcome, 'done');
          assert.deepEqual(changed.outcome === 'done' ? changed.after : undefined, way.before);
          note('undo', services.calls.slice(readsOnceOn.length));
        }
      });

      it('refuses to undo where somebody has changed the resource meanwhile', async () => {
        services.answers = { ...off, ...accepted(undoes) };

        const changed = await undoAction(action, subject(), recorded, session);

        assert.equal(changed.outcome, 'changed-meanwhile');
        assert.deepEqual(services.calls, reads);
      });

      it('takes a refusal of a read of an undo as a value, and asks no more', async () => {
        for (const { call: name } of decisiveReads(readsOnceOn)) {
          services.calls.length = 0;
          services.answers = { ...on, ...accepted(undoes), [name]: denied(name) };

          const changed = await undoAction(action, subject(), recorded, session);

          assert.equal(changed.outcome, 'denied', name);
          assert.deepEqual(services.calls, readsUpTo(name, readsOnceOn));
        }
      });

      it('takes a refusal of an undo as a value', async () => {
        for (const way of [{ before, undoes }, ...(contract.undoesTo ?? [])]) {
          const [first] = way.undoes;
          services.calls.length = 0;
          services.answers = { ...on, ...accepted(way.undoes), [first?.call ?? '']: denied(first?.call ?? '') };

          const changed = await undoAction(action, subject(), { before: way.before, after }, session);

          assert.equal(changed.outcome, 'denied');
          assert.deepEqual(services.calls, [...readsOnceOn, first]);
        }
      });

      it('asks a throttled service again for an undo', async () => {
        for (const { call: name } of decisiveReads(readsOnceOn)) {
          services.calls.length = 0;
          services.answers = { ...on, ...accepted(undoes), [name]: [throttled(name), ...answersTo(on, name)] };

          const changed = await undoAction(action, subject(), recorded, session);

          assert.equal(changed.outcome, 'done', name);
          const upTo = readsUpTo(name, readsOnceOn);
          assert.deepEqual(services.calls, [...upTo, ...readsOnceOn.slice(upTo.length - 1), ...undoes]);
        }
      });

      it('throws where a service stays throttled for an undo, with nothing changed', async () => {
        const [first] = undoes;
        const name = first?.call ?? '';
        services.answers = { ...on, ...accepted(undoes), [name]: throttled(name) };

        await assert.rejects(undoAction(action, subject(), recorded, session), { name: throttled(name).code });

        assert.deepEqual(services.calls, [...readsOnceOn, ...Array<unknown>(ATTEMPTS).fill(first)]);
      });
    } else {
      it('says why it cannot be undone, and calls nothing', async () => {
        services.answers = on;

        const changed = await undoAction(action, subject(), recorded, session);

        assert.deepEqual(changed, { outcome: 'irreversible', reason: action.irreversible });
        assert.deepEqual(services.calls, []);
        assert.deepEqual(action.permissions.undo, []);
      });
    }

    it('leaves alone what is as it should be already', async () => {
      services.answers = on;

      const plan = await planAction(action, aim(), session);

      assert.equal(plan.outcome, 'already-compliant');
      assert.deepEqual(services.calls, readsOnceOn);
      note('plan', services.calls);
    });

    it('tells a change that happened from one that did not', async () => {
      services.answers = off;
      assert.equal((await standingOf(action, subject(), recorded, session)).at, 'before');

      services.answers = on;
      assert.equal((await standingOf(action, subject(), recorded, session)).at, 'after');
    });

    const ways = contract.gone === 'always there' ? [] : contract.gone;
    if (ways.length > 0) {
      it('finds that the resource is gone, in plan, apply and undo', async () => {
        const steps = [
          () => planAction(action, aim(), session),
          () => applyAction(action, aim(), recorded, session),
          ...(action.irreversible === undefined ? [() => undoAction(action, subject(), recorded, session)] : []),
        ];
        for (const answers of ways) {
          const last = reads.findLast(({ call: name }) => Object.hasOwn(answers, name));
          for (const step of steps) {
            services.calls.length = 0;
            services.answers = answers;

            assert.equal((await step()).outcome, 'gone');
            assert.deepEqual(services.calls, readsUpTo(last?.call ?? ''));
          }
        }
      });

      it('finds that the resource is gone where it vanishes before it is changed', async () => {
        const errors = ways.flatMap((answers) => Object.values(answers).filter((each) => each instanceof ServiceError));
        for (const error of errors) {
          const isVague = contract.vagueErrors?.includes(error.code) ?? false;
          const outcome = isVague ? 'failed' : 'gone';
          const [apply] = applies;
          services.calls.length = 0;
          services.answers = { ...off, [apply?.call ?? '']: error };

          assert.equal((await applyAction(action, aim(), recorded, session)).outcome, outcome, error.code);
          // Where it is not clear what has happened, it looks.
          assert.deepEqual(services.calls, [...reads, apply, ...(isVague ? reads : [])]);

          if (action.irreversible !== undefined) continue;
          const [undo] = undoes;
          services.calls.length = 0;
          services.answers = { ...on, [undo?.call ?? '']: error };

          assert.equal((await undoAction(action, subject(), recorded, session)).outcome, outcome, error.code);
          assert.deepEqual(services.calls, [...readsOnceOn, undo, ...(isVague ? readsOnceOn : [])]);
        }
      });
    } else {
      it('is of every account, so that no error says that it is gone', () => {
        assert.equal(contract.gone, 'always there');
        assert.deepEqual(action.goneErrors, []);
      });
    }

    for (const [why, answers] of Object.entries(contract.notApplicable ?? {})) {
      it(`does not apply where ${why}`, async () => {
        services.answers = answers;

        const plan = await planAction(action, aim(), session);

        assert.equal(plan.outcome, 'not-applicable', JSON.stringify(plan));
        assert.ok(services.calls.length > 0);
        assert.deepEqual(services.calls, reads.slice(0, services.calls.length));
      });
    }

    it('takes a refusal of a read as a value, and changes nothing', async () => {
      for (const { call: name } of decisiveReads(reads)) {
        services.calls.length = 0;
        services.answers = { ...off, ...accepted(applies), [name]: denied(name) };

        assert.equal((await planAction(action, aim(), session)).outcome, 'denied', name);
        assert.equal((await applyAction(action, aim(), recorded, session)).outcome, 'denied', name);
        assert.deepEqual(services.calls, [...readsUpTo(name), ...readsUpTo(name)]);
      }
    });

    for (const name of tagReads) {
      it(`knows no tags where ${name} is refused, and plans nevertheless`, async () => {
        services.answers = { ...off, [name]: denied(name) };

        const plan = await planAction(action, aim(), session);

        assert.equal(plan.outcome, 'change');
        assert.equal(plan.outcome === 'change' ? plan.tags : null, undefined);
        assert.deepEqual(services.calls, reads);
      });
    }

    it('takes a refusal of the change as a value', async () => {
      const [first] = applies;
      services.answers = { ...off, [first?.call ?? '']: denied(first?.call ?? '') };

      const changed = await applyAction(action, aim(), recorded, session);

      assert.equal(changed.outcome, 'denied');
      assert.deepEqual(services.calls, [...reads, first]);
    });

    it('asks a throttled service again', async () => {
      const [first] = reads;
      const name = first?.call ?? '';
      services.answers = { ...off, ...accepted(applies), [name]: [throttled(name), ...answersTo(off, name)] };

      const changed = await applyAction(action, aim(), recorded, session);

      assert.equal(changed.outcome, 'done');
      assert.deepEqual(services.calls, [first, ...reads, ...applies]);
    });

    it('gives the message back where a service stays throttled, with nothing changed', async () => {
      const [first] = applies;
      const name = first?.call ?? '';
      services.answers = { ...off, [name]: throttled(name) };

      await assert.rejects(applyAction(action, aim(), recorded, session), { name: throttled(name).code });

      assert.deepEqual(services.calls, [...reads, ...Array<unknown>(ATTEMPTS).fill(first)]);
    });

    it('is not taken where an exception says so: no call is made', async () => {
      services.answers = off;
      const exception = {
        resources: [subject().resourceId],
        owner: 'payments',
        reason: 'audit',
        expires: '2027-01-31',
      };

      const plan = await planWithinScope(
        action,
        aim(),
        configurationFor(action, { exceptions: [exception] }),
        () => Promise.resolve(undefined),
        () => Promise.resolve(session),
      );

      assert.equal(plan.outcome, 'exempt');
      assert.deepEqual(services.calls, []);
    });

    it('knows its own resources by their whole name only', () => {
      assert.ok(action.resourceTypes.length === 0 || action.resourceTypes.includes(resource.Type));
      for (const other of contract.foreign) {
        assert.equal(action.identify(other, SOURCE), undefined, JSON.stringify(other));
      }
    });

    it('narrows a session to its resource', () => {
      for (const step of ['plan', 'apply', 'undo'] as const) {
        assert.deepEqual(
          statementResources(action, step, subject()),
          [...contract.sessionResources[step]].sort(),
          step,
        );
      }
    });

    it('gives a reason for each resource that it cannot name', () => {
      for (const { resources, reason } of permissionsOf(action, 'apply').concat(action.permissions.undo)) {
        if (resources.includes('*')) assert.ok((reason ?? '').length > 20);
      }
    });

    it('is permitted exactly the calls that it makes', () => {
      const permitted = (permissions: Action['permissions']['read']) =>
        [...new Set(permissions.flatMap(({ actions }) => actions))].sort();

      assert.deepEqual(permitted(action.permissions.read), [...seen.plan].sort());
      assert.deepEqual(permitted(action.permissions.apply), [...seen.apply].sort());
      assert.deepEqual(permitted(action.permissions.undo), [...seen.undo].sort());
    });
  });
}

// The names of the contract's own fields hide mocha's.
const before_ = before;
const after_ = after;

/** Every resource that a session policy names. */
function statementResources(action: Action, step: Step, subject: Subject): string[] {
  const { Statement } = sessionPolicy(action, step, subject);
  return [...new Set(Statement.flatMap(({ Resource }) => Resource))].sort();
}

function accepted(calls: readonly ServiceCall[]): Answers {
  return Object.fromEntries(calls.map(({ call: name }) => [name, ANSWERS_TO_CHANGES[name] ?? {}]));
}

/** Where the SDK refuses an empty answer. */
const ANSWERS_TO_CHANGES: Answers = {};

function answersTo(answers: Answers, name: string): readonly Answer[] {
  const given = answers[name] ?? {};
  if (typeof given === 'function') return [given()];
  return Array.isArray(given) ? (given as readonly Answer[]) : [given as Answer];
}

function serviceOf(name: string): Service {
  return name.split(':')[0] as Service;
}

function iamActionOfCall(name: string): string {
  return iamActionOf({ service: serviceOf(name), operation: name.split(':')[1] ?? '' });
}

function denied(name: string): ServiceError {
  return new ServiceError(DENIED[serviceOf(name)] ?? 'AccessDeniedException', 403);
}

function throttled(name: string): ServiceError {
  const code = THROTTLED[serviceOf(name)] ?? 'ThrottlingException';
  return new ServiceError(code, code === 'SlowDown' || code === 'RequestLimitExceeded' ? 503 : 400);
}
