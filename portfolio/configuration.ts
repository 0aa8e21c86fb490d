/** What an organisation decides about its portfolio, read from one file. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const accountId = z
  .string({ error: "must be an account id in quotes, like '111122223333'" })
  .regex(/^\d{12}$/, { error: 'must be an account id of 12 digits' });
const region = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, { error: 'must be a Region such as eu-west-1' });
const name = z.string().trim().min(1).max(100);

const configuration = z
  .strictObject({
    /** Version of this format. */
    version: z.literal(1, { error: 'write version: 1, the version of this format' }),
    organization: z.strictObject({
      /** Its accounts may read the asset bucket. */
      id: z.string().regex(/^o-[a-z0-9]{10,32}$/, { error: 'must be an organization id such as o-exampleorgid' }),
    }),
    portfolio: z.strictObject({
      /** The governance account. */
      account: accountId,
      /** Home Region of Security Hub: a product can only be launched in the Region of its portfolio. */
      region,
      name: name.default('Virtual SOC'),
      /** Who offers it, as the users of Service Catalog see it. */
      provider: name,
      /** Whom they write to when something does not work. */
      supportEmail: z.email().optional(),
      /** Kept when the portfolio goes. */
      assetBucket: z.strictObject({
        /** By default `virtual-soc-<account>-<region>`. */
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, { error: 'must be a bucket name without dots' })
          .optional(),
        /** True where an earlier installation has left it. */
        exists: z.boolean().default(false),
      }),
      /** Tags that whoever launches the product chooses from. */
      tagOptions: z.record(name, z.array(name).min(1)).default({}),
    }),
    hub: z.strictObject({
      /** Delegated administrator of Security Hub, where the product is launched. */
      account: accountId,
      /** How it gets the portfolio. `none`: by hand, or because it is the governance account itself. */
      share: z.enum(['account', 'none']),
      /** Name of the role, in both accounts, with which Service Catalog launches the product. */
      launchRole: z.string().regex(/^[\w+=,.@-]{1,64}$/, { error: 'must be the name of a role' }),
      /** Names of roles, in any account that has the portfolio, whose holders may launch the product; `*` for any part. */
      launchers: z.array(z.string().regex(/^[\w+=,.@/*-]{1,128}$/, { error: 'must be the name of a role' })).max(10),
    }),
  })
  .refine(({ portfolio, hub }) => hub.share === 'none' || hub.account !== portfolio.account, {
    path: ['hub', 'share'],
    error: 'must be none, since the hub account is the governance account itself',
  });

/** A configuration that is complete. */
export type Configuration = z.output<typeof configuration>;

/**
 * Reads a configuration file.
 *
 * @param file path of a YAML or JSON file in UTF-8
 * @throws Error that names what is wrong in the file and where
 */
export function readConfiguration(file: string): Configuration {
  const parsed = configuration.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.') || '(the file)'}: ${message}`);
  throw new Error(`${file} is not a configuration that can be used:\n${problems.join('\n')}`);
}
