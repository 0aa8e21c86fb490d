/**
 * What a remediation action is: one small module that knows which findings it answers, reads a setting, says what it
 * should be, and which calls lead from one state to another. Plan, apply and undo follow from that for all of them
 * alike (`action-steps.ts`), so that an undo is the same change the other way round.
 */
import type { Resource } from '../core/finding.ts';
import type { ApiCall, Session } from './aws-call.ts';
import type { Case } from './case.ts';
import type { Permission } from './permission.ts';
import type { Standard } from './standard.ts';

/** What may go wrong with it: nothing noticed, something may stop working, somebody is locked out or cut off. */
export type Risk = 'low' | 'medium' | 'high';

/** A state as it is recorded: JSON, so that it is the same after it was stored. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Tags = Readonly<Record<string, string>>;

/** The source finding that asks for an action, as the database knows it. */
export interface Source {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** ISO 8601 in UTC. */
  readonly updatedAt: string;
}

/** What an action works on: one resource in one account and Region. */
export interface Subject {
  /** The ARN where it has one, else the Id in the finding; exceptions name it. */
  readonly resourceId: string;
  /** What else a finding has called it, such as the account that stood for it; exceptions may name that too. */
  readonly aliases?: readonly string[];
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** What the placeholders of the permissions stand for, for example `{ key: '1234abcd-…' }`; of several, any may be it. */
  readonly names: Readonly<Record<string, string | readonly string[]>>;
  /** ARN of the user or role that is acted on, as far as the finding tells; its path may be missing. */
  readonly principal?: string;
  /** Whether it is the same one in every Region, so that what was done about it in one holds in all. */
  readonly isGlobal?: boolean;
  /** Tags as the finding gives them; absent where it gives none, which is not the same as having none. */
  readonly tags?: Tags;
  /** When the finding was last seen, ISO 8601 in UTC. */
  readonly observedAt: string;
}

/** What a reply tells of the resource, apart from its state: scope is decided by it once more. */
export interface Known {
  /** All that it has. Absent where they are not told: what depends on a tag is not decided then. */
  readonly tags?: Tags | undefined;
  /** The whole ARN of the user or role; an action on a principal has to find it. */
  readonly principal?: string | undefined;
  /** What else findings call it, such as the members of a group. */
  readonly aliases?: readonly string[] | undefined;
}

/** What reading a resource found. */
export type Reading<State extends Json> =
  | (Known & {
      readonly state: State;
      /** What a person should know of what is left as it is. */
      readonly remark?: string;
    })
  | (Known & { readonly outcome: 'alert'; readonly reason: string })
  | { readonly outcome: 'gone' | 'not-applicable'; readonly reason: string };

/** What a change is aimed at. */
export interface Aim {
  readonly subject: Subject;
  readonly standard: Standard;
  readonly now: Date;
}

/** The parts of an action that are its own. */
export interface ActionDefinition<State extends Json> {
  /** Kebab-case; stable, since configurations and records name it. */
  readonly id: string;
  /** What it does, as a sentence without a subject: `Turns on key rotation`. */
  readonly title: string;
  readonly case: Case;
  /** ATT&CK techniques that it answers, each with its sub-techniques. */
  readonly techniques: readonly string[];
  /** Exact rule keys of each finding provider whose findings it answers. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  /** ASFF resource types; where AWS documents none, {@link identify} goes by the ARN alone. */
  readonly resourceTypes: readonly string[];
  readonly risk: Risk;
  /** What it costs, where it costs money. Such an action is taken only where the configuration names it. */
  readonly cost?: string;
  /** Why it cannot be undone by us, where it cannot. */
  readonly irreversible?: string;
  /** Whether it is about something that is the same in every Region, such as a user of IAM. */
  readonly isGlobal?: boolean;
  /** Whether its effect ends by itself, such as when a user obeys: nobody has reverted it then, and it is done again for new threats only. */
  readonly endsByItself?: boolean;
  /** Whether what is wanted moves with the time, so that it is worked out anew when it is applied. */
  readonly isTimed?: boolean;
  /** What each step may call, and on what. Plan: `read`; apply: `read` and `apply`; undo: `read` and `undo`. */
  readonly permissions: {
    readonly read: readonly Permission[];
    readonly apply: readonly Permission[];
    readonly undo: readonly Permission[];
  };
  /** Names by which the service says that the resource does not exist. */
  readonly goneErrors: readonly string[];
  /**
   * ARNs, with `*` for any text, `{region}` and `{account}`, of what a change reaches beyond its subject: an exception for any of
   * that holds against all of it.
   */
  readonly reaches?: readonly string[];
  /** Actions on a single one of those: an exception that names one of them holds against all of it too. */
  readonly covers?: readonly string[];
  /** The subject that a resource of a finding stands for; undefined where it is none for this action. */
  identify(resource: Resource, source: Source): Subject | undefined;
  /**
   * Where a subject stands for several, as an account does for its snapshots: those that there is something to do about, each to be
   * planned, recorded and undone by itself. The subject as it is where it stands for itself.
   */
  expand?(subject: Subject, session: Session): Promise<readonly Subject[]>;
  read(subject: Subject, session: Session): Promise<Reading<State>>;
  /** The state that the standard asks for; the same state where it is met already. Never weaker than what is there. */
  wanted(state: State, aim: Aim): State;
  /** The calls that lead from one state to another. Pure. */
  change(subject: Subject, from: State, to: State): readonly ApiCall[];
}

/** An action, whatever its state is. */
export type Action = ActionDefinition<Json>;

/** Makes an action. Its states come back to it as it made them, so their type may be forgotten in between. */
export function action<State extends Json>(definition: ActionDefinition<State>): Action {
  return definition;
}

/** Whether an action answers findings of this technique. */
export function serves({ techniques }: Pick<Action, 'techniques'>, techniqueId: string): boolean {
  return techniques.some((id) => id === techniqueId || techniqueId.startsWith(`${id}.`));
}

/** Whether an action answers findings of this rule. */
export function answers({ rules }: Pick<Action, 'rules'>, provider: string, ruleKey: string): boolean {
  return Object.hasOwn(rules, provider) && (rules[provider]?.includes(ruleKey) ?? false);
}
