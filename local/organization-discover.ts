/** `vsoc organization discover`: what AWS Organizations knows, as the configuration of a portfolio. Changes nothing in AWS. */
import { access, constants, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { callLimiter, type Clock } from './aws-calls/call-limiter.ts';
import { systemClock } from './aws-calls/system-clock.ts';
import { BadUsage } from './bad-usage.ts';
import { EXIT_DONE } from './exit-code.ts';
import { describeFileProblem } from './file-problem.ts';
import { jsonText } from './json-text.ts';
import { API_RATES } from './organization/api-rates.ts';
import { configurationText, draftConfiguration, type NamedRegion } from './organization/configuration-draft.ts';
import { organizationReader, organizationsClient } from './organization/organization-reader.ts';
import { countAccounts, reportText } from './organization/organization-report.ts';
import type { Organization } from './organization/organization.ts';
import { findMissing } from './organization/prerequisites.ts';
import { SERVICE_NAMES } from './organization/services.ts';
import { walkOrganization, type WalkOptions } from './organization/walk-organization.ts';
import { showProgress } from './progress.ts';

export interface DiscoverOptions {
  /** File to write the configuration to. @default standard output */
  readonly out?: string;
  readonly json?: boolean;
  /** Home Region of Security Hub. @default the Region of the AWS environment, to be checked */
  readonly region?: string;
}

/** Where any Region of the partition will do and the environment names none: the one that every organisation has. */
const ANY_REGION = 'us-east-1';

/** Runs the command and returns its exit code. Throws with a message for people where it cannot work at all. */
export async function discoverCommand({ out, json, region }: DiscoverOptions): Promise<number> {
  if (out !== undefined) await checkOut(out);
  const home = await homeRegion(region);
  const organization = await discover(home?.region ?? ANY_REGION);
  const draft = draftConfiguration(organization, home);
  const missing = findMissing(organization, draft);
  const file = configurationText(organization, draft);
  const report = reportText(organization, draft, missing);

  if (out !== undefined) await writeNew(out, file);
  if (json) {
    process.stdout.write(jsonText({ ...withCounts(organization), missing, ...draft }));
  } else if (out === undefined) {
    // The file for a pipe, the report for the person before it.
    process.stderr.write(`${report}\n`);
    process.stdout.write(file);
  } else {
    process.stdout.write(`${report}Written to ${out}.\n`);
  }
  return EXIT_DONE;
}

async function discover(region: string): Promise<Organization> {
  const client = organizationsClient(region);
  const progress = showProgress('accounts found');
  try {
    return await readOrganization(client, systemClock, (accounts) => progress.update(accounts));
  } finally {
    progress.stop();
    client.destroy();
  }
}

/** Walks the organisation of a client's credentials, within the rates of the API by the given clock. */
export async function readOrganization(
  client: OrganizationsClient,
  clock: Clock,
  onProgress?: WalkOptions['onProgress'],
): Promise<Organization> {
  const stop = new AbortController();
  const reader = organizationReader(client, callLimiter(API_RATES, clock, stop.signal));
  try {
    return await walkOrganization(reader, {
      principals: [...SERVICE_NAMES.keys()],
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    // After a failure nothing that still waits for its turn may go on calling.
    stop.abort();
  }
}

/** Without an option as the AWS CLI finds it; the SDK for JavaScript alone does not read AWS_DEFAULT_REGION. */
async function homeRegion(option: string | undefined): Promise<NamedRegion | undefined> {
  if (option !== undefined) return { region: option, from: 'option' };
  const named = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'];
  if (named) return { region: named, from: 'environment' };
  const client = new OrganizationsClient({});
  try {
    return { region: await client.config.region(), from: 'environment' };
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}

/** Before the walk, which may take a minute. A file that is there may hold what a person has decided. */
async function checkOut(out: string): Promise<void> {
  const there = await stat(out).then(
    () => true,
    () => false,
  );
  if (there) throw new BadUsage(`--out ${out}: it is there already and is not overwritten. Name a new file.`);
  try {
    await access(path.dirname(out), constants.W_OK);
  } catch (error) {
    throw new BadUsage(`--out ${out}: ${describeFileProblem(error)}.`, { cause: error });
  }
}

async function writeNew(out: string, text: string): Promise<void> {
  try {
    await writeFile(out, text, { flag: 'wx' });
  } catch (error) {
    throw new BadUsage(`--out ${out}: ${describeFileProblem(error)}.`, { cause: error });
  }
}

function withCounts(organization: Organization): object {
  const counts = countAccounts(organization);
  const counted = <Node extends { readonly id: string }>(node: Node) => ({ ...node, accounts: counts.get(node.id) });
  return {
    organization: {
      id: organization.id,
      arn: organization.arn,
      featureSet: organization.featureSet,
      managementAccountId: organization.managementAccountId,
    },
    roots: organization.roots.map(counted),
    organizationalUnits: organization.organizationalUnits.map(counted),
    accounts: organization.accounts,
    delegatedAdministrators: organization.delegations,
    trustedAccess: organization.trustedAccess,
  };
}
