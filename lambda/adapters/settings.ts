/** Settings of the functions, read from the environment once. The deployment sets each of them by these names. */
import { z } from 'zod';
import { IMPORT_BURST, IMPORT_CALLS_PER_SECOND } from '../core/asff-limits.ts';
import type { Language } from '../core/catalogue.ts';
import { PUBLISH_ROLE } from '../core/member-role.ts';
import type { PublishTo } from '../core/publish-target.ts';
import { type SecurityHubTarget, securityHubTarget } from '../core/security-hub-target.ts';

export interface Settings {
  readonly target: SecurityHubTarget;
  readonly language: Language;
  /** `postgresql://…`; never logged. */
  readonly databaseUrl: string;
  /** Sustained BatchImportFindings calls a second, shared by all functions. */
  readonly importRate: number;
  /** BatchImportFindings calls at once. */
  readonly importBurst: number;
  readonly publishTo: PublishTo;
  /** Name of the role in each member account that we write there through, below the path `/virtual-soc/`. */
  readonly memberRoleName: string;
  /** Whether AWS Config can be asked which sensors are on: not from a network without a way to it. */
  readonly readSensors: boolean;
}

const environment = z.object({
  HUB_ACCOUNT_ID: z.string().regex(/^\d{12}$/, { error: 'must be an account id of 12 digits' }),
  HUB_REGION: z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d$/, { error: 'must be a Region such as eu-west-1' }),
  LANGUAGE: z.enum(['en', 'es']).default('en'),
  DATABASE_URL: z.string().min(1),
  IMPORT_CALLS_PER_SECOND: z.coerce.number().positive().default(IMPORT_CALLS_PER_SECOND),
  IMPORT_BURST: z.coerce.number().positive().default(IMPORT_BURST),
  PUBLISH_TO: z.enum(['hub', 'owner']).default('hub'),
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
  MEMBER_ROLE_NAME: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/, { error: 'must be the name of a role, without its path' })
    .default(PUBLISH_ROLE),
  READ_SENSORS: z.enum(['yes', 'no']).default('no'),
});

/** Throws with the names of the settings that are missing or wrong, never with their values. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the function's environment is not complete: ${problems.join('; ')}`);
  }
  const settings = parsed.data;
  return {
    target: securityHubTarget(settings.HUB_ACCOUNT_ID, settings.HUB_REGION),
    language: settings.LANGUAGE,
    databaseUrl: settings.DATABASE_URL,
    importRate: settings.IMPORT_CALLS_PER_SECOND,
    importBurst: settings.IMPORT_BURST,
    publishTo: settings.PUBLISH_TO,
    memberRoleName: settings.MEMBER_ROLE_NAME,
    readSensors: settings.READ_SENSORS === 'yes',
  };
}
