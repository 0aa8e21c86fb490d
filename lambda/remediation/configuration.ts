/** The configuration of remediation: what may happen where, who is left alone, and what is asked of people. */
import { z } from 'zod';
import { standardSchema } from './standard.ts';

/** What may happen. Off is also what everything is that nobody has named. */
export const MODES = ['off', 'plan', 'approve', 'automatic'] as const;
export type Mode = (typeof MODES)[number];

/** All actions that are neither of high risk nor cost money; those have to be named. */
export const EVERY_HARMLESS_ACTION = '*';

const actionId = z.string().regex(/^(?:\*|[a-z0-9]+(?:-[a-z0-9]+)*)$/, { error: 'must be the id of an action, or *' });
const accountId = z.string().regex(/^\d{12}$/, { error: 'must be an account id of 12 digits, in quotes' });
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
const organizationalUnit = z.string().regex(/^(?:ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$/, {
  error: 'must be the id of an organizational unit (ou-…) or of the root (r-…)',
});
const tags = z.record(z.string().min(1), z.string()).refine((value) => Object.keys(value).length > 0, {
  error: 'must name at least one tag; leave it out otherwise',
});
/** An ARN in which `*` stands for any text. Nothing but a star would leave everything out, or nothing. */
export const arnPattern = z.string().regex(/^arn:[^\s]+$/, { error: 'must be an ARN, in which * stands for any text' });
const some = <T extends z.ZodType>(each: T) => z.array(each).min(1, { error: 'is empty; leave it out, or name one' });

const assignment = z.strictObject({
  actions: some(actionId),
  mode: z.enum(MODES),
  /** What is not given does not matter; what is given must all match. */
  accounts: some(accountId).optional(),
  organizationalUnits: some(organizationalUnit).optional(),
  tags: tags.optional(),
});

const exception = z
  .strictObject({
    /** Absent: all actions. */
    actions: some(actionId).optional(),
    accounts: some(accountId).optional(),
    resources: some(z.string().min(1)).optional(),
    principals: some(arnPattern).optional(),
    tags: tags.optional(),
    owner: z.string().trim().min(1, { error: 'must name who answers for it' }),
    reason: z.string().trim().min(1, { error: 'must say why' }),
    expires: z.iso.date({ error: 'must be a day such as 2027-03-31; an exception without an end is a rule' }),
  })
  .refine(
    ({ accounts, resources, principals, tags: tagged }) =>
      [accounts, resources, principals, tagged].some((part) => part),
    { error: 'must name accounts, resources, principals or tags' },
  );

const limits = z.strictObject({
  /** Changes in an hour, of all actions together; what comes after waits for approval. */
  changesPerHour: z.int().min(0).default(20),
  changesPerAccountAndHour: z.int().min(0).default(5),
  /** Failures of one action in an hour after which it waits for approval. */
  failuresPerHour: z.int().min(1).default(3),
});

const approval = z.strictObject({
  /** How many different people have to agree; whoever asked for it is not counted. */
  approvers: z.int().min(1).max(2).default(1),
  /** Hours after which a request that nobody has answered is void. */
  expiresAfterHours: z.int().min(1).max(720).default(72),
});

/** The schema of the configuration. */
export const configurationSchema = z.strictObject({
  version: z.literal(1),
  assignments: z.array(assignment).default([]),
  exceptions: z.array(exception).default([]),
  /** Users and roles that nothing is ever done to. Required, be it empty: whoever switches this on has thought of it. */
  breakGlass: z.array(arnPattern),
  limits: limits.prefault({}),
  approval: approval.prefault({}),
  standard: standardSchema.prefault({}),
});

/** The configuration cannot be used: until it is mended, nothing is done. The message names every mistake. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration';
}

export type Configuration = z.infer<typeof configurationSchema>;
export type Assignment = Configuration['assignments'][number];
export type Exception = Configuration['exceptions'][number];

/**
 * Reads a configuration. Nothing is taken of one that has a mistake anywhere.
 *
 * @param known ids of all actions
 * @returns the configuration, or what is wrong with it, each with the place
 */
export function readConfiguration(
  value: unknown,
  known: ReadonlySet<string>,
): { readonly configuration: Configuration } | { readonly problems: readonly string[] } {
  const parsed = configurationSchema.safeParse(value);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'the configuration'}: ${message}`,
      ),
    };
  }
  const named = [...parsed.data.assignments, ...parsed.data.exceptions].flatMap(({ actions }) => actions ?? []);
  const unknown = [...new Set(named.filter((id) => id !== EVERY_HARMLESS_ACTION && !known.has(id)))];
  if (unknown.length > 0) return { problems: unknown.map((id) => `${id}: there is no such action`) };
  return { configuration: parsed.data };
}
