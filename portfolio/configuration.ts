/** What an organisation decides about its portfolio, read from one file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { rollout } from '../stacksets/rollout-configuration.ts';
import { accountId, bucketName, organizationId, organizationalUnitId, region, topicArn } from './aws-identifiers.ts';

const name = z.string().trim().min(1).max(100);
/** Lengths that Service Catalog takes. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html */
const LONGEST_PROVIDER = 50;
const LONGEST_EMAIL = 254;

/** With an article behind it, it has to fit into the description of an alarm. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_DOCUMENTATION = 500;

const configuration = z
  .strictObject({
    /** Version of this format. */
    version: z.literal(1, { error: 'write version: 1, the version of this format' }),
    organization: z.strictObject({
      /** Its accounts may read the asset bucket. */
      id: organizationId,
    }),
    portfolio: z.strictObject({
      /** The governance account. */
      account: accountId,
      /** Home Region of Security Hub: a product can only be launched in the Region of its portfolio. */
      region,
      name: name.default('Virtual SOC'),
      /** Who offers it, as the users of Service Catalog see it. */
      provider: z.string().trim().min(1).max(LONGEST_PROVIDER),
      /** Whom they write to when something does not work. */
      supportEmail: z.email().max(LONGEST_EMAIL).optional(),
      /**
       * Where the SOC reads `docs/`: alarms and outputs link to articles below it. The repository cannot know where an
       * organisation keeps it. By default they only name the file.
       */
      documentation: z
        .url({ protocol: /^https$/, error: 'must be the URL of the docs folder, https and without ? or #' })
        .max(LONGEST_DOCUMENTATION)
        .regex(/^[^?#\s]+$/, { error: 'must be the URL of the docs folder, https and without ? or #' })
        .transform((url) => url.replace(/\/+$/, ''))
        .optional(),
      /** Kept when the portfolio goes. */
      assetBucket: z.strictObject({
        /** By default `virtual-soc-<account>-<region>`. */
        name: bucketName.optional(),
        /** True where an earlier installation has left it. */
        exists: z.boolean().default(false),
      }),
      /** Tags that whoever launches the product chooses from. */
      tagOptions: z.record(name, z.array(name).min(1)).default({}),
      /** What whoever launches the product may do less than the product could. */
      constraints: z
        .strictObject({
          /** Answers that may be given, by the name of the question: fewer than the product would take. */
          answers: z.record(z.string().regex(/^[A-Za-z0-9]{1,200}$/), z.array(z.string().min(1)).min(1)).default({}),
          /** Told of each event of the stacks launched. It has to be in the Region of the portfolio. */
          notificationTopic: topicArn.optional(),
          /** Whether tags of what was launched may be changed later. By default Service Catalog says no. */
          tagUpdates: z.boolean().optional(),
        })
        .default({ answers: {} }),
    }),
    versions: z
      .strictObject({
        /** Where released versions are kept, relative to this file. Without it only the current version is offered. */
        directory: z.string().min(1),
      })
      .optional(),
    hub: z.strictObject({
      /** Delegated administrator of Security Hub, where the product is launched; `discover`: as Organizations says. */
      account: z.union([z.literal('discover'), accountId], {
        error: "must be discover or an account id in quotes, like '111122223333'",
      }),
      /**
       * How it gets the portfolio. `organization-node`: through the organisation, accepted by nobody. `account`: it has to
       * accept. `none`: by hand, or because it is the governance account itself.
       */
      share: z.enum(['organization-node', 'account', 'none']),
      /** The node of `organization-node`: by default the hub account, else the organisation or a unit that it is in. */
      node: z
        .union([organizationId, organizationalUnitId], {
          error: 'must be the id of the organization or of an organizational unit',
        })
        .optional(),
      /** Name of the role, in both accounts, with which Service Catalog launches the product. */
      launchRole: z.string().regex(/^[\w+=,.@-]{1,64}$/, { error: 'must be the name of a role' }),
      /** Names of roles, in any account that has the portfolio, whose holders may launch the product; `*` for any part. */
      launchers: z.array(z.string().regex(/^[\w+=,.@/*-]{1,128}$/, { error: 'must be the name of a role' })).max(10),
    }),
    /** What member accounts get. Without it nothing is rolled out. */
    rollout: rollout.optional(),
  })
  .refine(({ portfolio, hub }) => hub.share === 'none' || hub.account !== portfolio.account, {
    path: ['hub', 'share'],
    error: 'must be none, since the hub account is the governance account itself',
  })
  .refine(({ hub }) => hub.account !== 'discover' || hub.share === 'organization-node', {
    path: ['hub', 'account'],
    error: 'can be discovered only where share is organization-node',
  })
  .refine(({ hub, rollout }) => hub.account !== 'discover' || rollout === undefined, {
    path: ['hub', 'account'],
    error:
      'must be an account id where there is a rollout, since member accounts are told whom to trust: vsoc organization discover ' +
      'writes it',
  })
  .refine(
    ({ portfolio, rollout }) =>
      rollout?.managementAccount === undefined ||
      (rollout.callAs === 'management-account') === (rollout.managementAccount === portfolio.account),
    {
      path: ['rollout', 'managementAccount'],
      error:
        'must be portfolio.account where callAs is management-account, and must not be where it is delegated-administrator',
    },
  )
  .refine(({ hub }) => hub.node === undefined || hub.share === 'organization-node', {
    path: ['hub', 'node'],
    error: 'is of use only where share is organization-node',
  })
  .refine(({ organization, hub }) => !hub.node?.startsWith('o-') || hub.node === organization.id, {
    path: ['hub', 'node'],
    error: 'is another organization than organization.id',
  })
  .refine(
    ({ portfolio: { region, constraints } }) => (constraints.notificationTopic?.split(':')[3] ?? region) === region,
    {
      path: ['portfolio', 'constraints', 'notificationTopic'],
      error: 'must be in the Region of the portfolio',
    },
  );

/** A configuration that is complete. */
export type Configuration = z.output<typeof configuration>;

/** Whether the product is launched in the account that publishes it. */
export function isOneAccount({ portfolio, hub }: Configuration): boolean {
  return hub.account === portfolio.account;
}

/** The account that a stack set can bring the launch role; undefined where it is reached by none. */
export function hubOfStackSet({ hub, portfolio, rollout }: Configuration): string | undefined {
  if (rollout === undefined || hub.account === 'discover') return undefined;
  return [portfolio.account, rollout.managementAccount].includes(hub.account) ? undefined : hub.account;
}

/** Name of the asset bucket. */
export function assetBucketName({ portfolio: { account, region, assetBucket } }: Configuration): string {
  return assetBucket.name ?? `virtual-soc-${account}-${region}`;
}

/**
 * Reads a configuration file.
 *
 * @param file path of a YAML or JSON file in UTF-8
 * @throws Error that names what is wrong in the file and where
 */
export function readConfiguration(file: string): Configuration {
  const parsed = configuration.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) {
    const { versions, ...others } = parsed.data;
    if (versions === undefined) return others;
    return { ...others, versions: { directory: path.resolve(path.dirname(file), versions.directory) } };
  }
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(the file)'}: ${message}`);
  throw new Error(`${file} is not a configuration that can be used:\n${problems.join('\n')}`);
}
