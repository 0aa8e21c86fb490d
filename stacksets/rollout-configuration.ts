/** What an organisation decides about its roll-out to member accounts: the part `rollout` of the configuration file. */
import { z } from 'zod';
import { ACTIONS } from '../lambda/remediation/actions.ts';
import { arnPattern, EVERY_HARMLESS_ACTION } from '../lambda/remediation/configuration.ts';
import { accountId, bucketName, organizationalUnitId, region, rootId } from '../portfolio/aws-identifiers.ts';

/** Organizational units, roots included, of one operation. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html */
export const MOST_TARGETS = 50;

/** Accounts that can be left out: an organisation pack of AWS Config has the same limit. */
const MOST_EXCLUDED = 1000;

/** Standards of Security Hub whose controls are evaluated by Config rules of its own, as `sql/reference/aws` calls them. */
export const LEAVABLE_STANDARDS = [
  'FSBP',
  'CIS-1.2.0',
  'CIS-1.4.0',
  'CIS-3.0.0',
  'CIS-5.0.0',
  'PCI-3.2.1',
  'PCI-4.0.1',
  'NIST-800-53r5',
  'NIST-800-171r2',
] as const;

const ruleName = z.string().regex(/^[a-z0-9-]{1,128}$/, { error: 'must be the name of a managed rule of AWS Config' });

/** What is rolled out, and how; each rule set and parameter is held against the facts of AWS Config when it is used. */
export const configRules = z
  .strictObject({
    /**
     * `conformance-packs`: packs by domain. `config-rules`: the same rules one by one, for where results of packs do not
     * reach Security Hub.
     */
    rendering: z.enum(['conformance-packs', 'config-rules']).default('conformance-packs'),
    /** How many rules: each evaluation costs money. */
    level: z.enum(['essential', 'full']).default('essential'),
    /** Standards that are enabled in Security Hub: the rules that their controls evaluate are left out. */
    leaveOutStandards: z.array(z.enum(LEAVABLE_STANDARDS)).default([]),
    /** Rules left out by name. */
    without: z.array(ruleName).default([]),
    /** Parameters of rules, by rule and parameter. */
    parameters: z.record(ruleName, z.record(z.string(), z.string())).default({}),
    /** Rules whose violations AWS Config corrects by itself, of those that have a runbook. Brings the role that these run with. */
    correct: z.array(ruleName).default([]),
  })
  .prefault({});

const actions = z
  .array(
    z.enum([EVERY_HARMLESS_ACTION, ...ACTIONS.map(({ id }) => id)], {
      error: 'there is no such action of remediation',
    }),
  )
  .default([]);

/**
 * What remediation may do in the accounts, action by action; `*` is what neither costs money nor is of high risk, as in the
 * configuration of remediation. The role is made of exactly that, and is none where nothing is named.
 */
const remediate = z
  .strictObject(
    {
      /** Actions whose resources may be looked at, which is all that a plan needs. */
      plan: actions,
      /** Actions that may be taken, and undone where undoing does not open something up. */
      apply: actions,
      /** Users and roles that the role may never change, `*` for any text: those of `breakGlass` in the configuration of remediation. */
      breakGlass: z.array(arnPattern).default([]),
    },
    { error: `must name actions, such as { plan: ['${EVERY_HARMLESS_ACTION}'], apply: [] }` },
  )
  .prefault({});

/** Accounts × Regions that get a recorder of AWS Config. Named one by one, since a recorder costs money for good. */
const recorders = z.strictObject({
  accounts: z.array(accountId).min(1),
  regions: z.array(region).min(1),
  /** Existing bucket that AWS Config of these accounts may write to. */
  deliveryBucket: bucketName,
  /** `create` where AWS Config was never used in these accounts: its service-linked role is then made as well. */
  serviceLinkedRole: z.enum(['create', 'exists']).default('exists'),
});

export const rollout = z
  .strictObject({
    /** What the governance account is for StackSets. */
    callAs: z.enum(['management-account', 'delegated-administrator']),
    /** The management account, which stack sets never reach: it gets the same templates as plain stacks. */
    managementAccount: accountId.optional(),
    /** Units whose accounts are covered, with all units below them; the root for all accounts. */
    targets: z
      .array(
        z.union([organizationalUnitId, rootId], { error: 'must be the id of an organizational unit or of a root' }),
      )
      .min(1)
      .max(MOST_TARGETS),
    /** Accounts below those units that are left alone. */
    excludedAccounts: z.array(accountId).max(MOST_EXCLUDED).default([]),
    /** Regions in which rules are evaluated. */
    regions: z.array(region).min(1),
    /** The one of them in which what is global is evaluated, IAM first of all. @default the first */
    globalRegion: region.optional(),
    configRules,
    memberRoles: z
      .strictObject({
        /** Lets the product write technique findings in the account that owns them. */
        publish: z.boolean().default(true),
        remediate,
      })
      .prefault({}),
    recorders: z.array(recorders).default([]),
    /** Whether Control Tower governs these accounts: it brings the recorders then, and ours are refused. */
    controlTower: z.boolean().default(false),
    /** Accounts that an operation works on at a time, in per cent of all. */
    concurrencyPercentage: z.int().min(1).max(100).default(100),
  })
  .refine(({ regions, globalRegion }) => globalRegion === undefined || regions.includes(globalRegion), {
    path: ['globalRegion'],
    error: 'must be one of regions',
  })
  .refine(({ regions }) => new Set(regions).size === regions.length, {
    path: ['regions'],
    error: 'must name each Region once',
  })
  .refine(({ recorders, controlTower }) => recorders.length === 0 || !controlTower, {
    path: ['recorders'],
    error: 'must be left out, since Control Tower brings the recorders of AWS Config',
  })
  .refine(
    ({ recorders, managementAccount }) => !recorders.some(({ accounts }) => accounts.includes(managementAccount ?? '')),
    {
      path: ['recorders'],
      error: 'must not name the management account, which stack sets never reach: turn AWS Config on there by hand',
    },
  )
  .refine(
    ({ recorders, excludedAccounts }) =>
      !recorders.some(({ accounts }) => accounts.some((one) => excludedAccounts.includes(one))),
    { path: ['recorders'], error: 'must not name an account of excludedAccounts, which is left alone' },
  )
  .refine(({ excludedAccounts, managementAccount }) => !excludedAccounts.includes(managementAccount ?? ''), {
    path: ['excludedAccounts'],
    error: 'must not name the management account: leave managementAccount out instead',
  });

/** A roll-out that is complete. */
export type Rollout = z.output<typeof rollout>;

/** Region in which what is global is evaluated. */
export function globalRegionOf({ regions, globalRegion }: Rollout): string {
  return globalRegion ?? (regions[0] as string);
}
