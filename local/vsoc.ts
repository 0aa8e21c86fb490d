/** The command line. Exit codes: 0 done, 1 failed, 2 bad usage or input. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseInstant } from '../lambda/core/instant.ts';
import { isAccountId, isRegion } from './aws-names.ts';
import { BadUsage } from './bad-usage.ts';
import type { CampaignOptions } from './campaign.ts';
import type { CatalogueOptions } from './catalogue.ts';
import type { CoverageOptions } from './coverage.ts';
import type { EnrichOptions } from './enrich.ts';
import { EXIT_BAD_USAGE, EXIT_FAILED } from './exit-code.ts';
import type { DiscoverOptions } from './organization-discover.ts';
import type { PostureOptions } from './posture-file.ts';
import { STATUSES } from '../lambda/remediation/record.ts';
import type { RemediationOptions } from './remediation.ts';
import type { RetireOptions } from './retire.ts';
import type { RolloutPlanOptions } from './rollout-plan.ts';
import type { RolloutStatusOptions } from './rollout-status.ts';
import type { SecurityHubCommandOptions } from './security-hub-command.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const language = new Option('-l, --language <language>', 'language of titles, descriptions and advice')
  .choices(['en', 'es'])
  .default('en');
const database = new Option('--database <url>', 'PostgreSQL 15 to 18 to use instead of the embedded one').env(
  'VSOC_DATABASE_URL',
);

const mappings = new Option(
  '--catalogue <file>',
  'your own mappings (YAML or JSON), added to the catalogue or in place of ours',
);

const csv = new Option('--csv', 'also write technique-findings.csv');
const ocsf = new Option('--ocsf', 'also write detection-findings.ndjson, OCSF Detection Findings');

// Each command's modules are loaded when it runs: the SDK and the database would make `vsoc --version` slow.
const program = new Command('vsoc')
  .description('Turns AWS findings into MITRE ATT&CK technique and tactic findings.')
  .version(version)
  .exitOverride()
  .configureOutput({
    // One line, like every other message of ours.
    outputError: (text, write) => {
      const problem = text
        .replace(/^error: /, '')
        .trim()
        .replaceAll(/\s*\n\s*/g, ' ');
      write(`vsoc: ${problem}${/[.)]$/.test(problem) ? '' : '.'} See vsoc --help.\n`);
    },
  });

program
  .command('start')
  .description('run the whole path on this machine, with the sample events or a file, and keep what it found')
  .argument('[file]', 'findings or events; - for standard input')
  .option('-o, --out <directory>', 'where to write the results', 'out')
  .addOption(language)
  .addOption(csv)
  .addOption(ocsf)
  .addOption(mappings)
  .addOption(database)
  .action(async (file: string | undefined, options: EnrichOptions) => {
    const { startCommand } = await import('./start.ts');
    process.exitCode = await startCommand(file, options);
  });

program
  .command('enrich')
  .description('enrich a file of findings, with fresh state, and write the results')
  .argument('<file>', 'findings or events; - for standard input')
  .option('-o, --out <directory>', 'where to write the results', 'out')
  .addOption(language)
  .option('--now <time>', 'time of the run (ISO 8601); by default the newest UpdatedAt of the input', time)
  .option('--account <id>', 'account of the hub; by default the one most of the input belongs to', accountId)
  .option('--region <region>', 'Region of the hub; by default the one most of the input belongs to', region)
  .option('--publish', 'send the findings to the Security Hub that the AWS environment names, and keep the state')
  .option('--json', 'print the summary as JSON')
  .addOption(csv)
  .addOption(ocsf)
  .addOption(mappings)
  .addOption(database)
  .action(async (file: string, options: EnrichOptions) => {
    const { enrichCommand } = await import('./enrich.ts');
    process.exitCode = await enrichCommand(file, options);
  });

program
  .command('fix-first')
  .description('the rules to fix first: by techniques closed, then severity and accounts')
  .argument('<file>', 'findings or events; - for standard input')
  .addOption(language)
  .option('--json', 'print JSON')
  .addOption(mappings)
  .addOption(database)
  .action(async (file: string, options: PostureOptions) => {
    const { fixFirstCommand } = await import('./fix-first.ts');
    process.exitCode = await fixFirstCommand(file, options);
  });

program
  .command('campaign')
  .description('which cloud steps of campaigns and groups are exposed, detectable or blind; with a name, each step')
  .usage('[options] [name] <file>')
  .argument('<name-or-file>', 'id (C0027, G0016), name or alias of a campaign or group; left out, all are ranked')
  .argument('[file]', 'findings or events; - for standard input')
  .addOption(language)
  .option('--json', 'print JSON')
  .option('--layer <file>', 'also write an ATT&CK Navigator layer (4.5) of the campaign or group')
  .addOption(mappings)
  .addOption(database)
  .action(async (nameOrFile: string, file: string | undefined, options: CampaignOptions) => {
    const { campaignCommand } = await import('./campaign.ts');
    const [name, input] = file === undefined ? [undefined, nameOrFile] : [nameOrFile, file];
    process.exitCode = await campaignCommand(name, input, options);
  });

program
  .command('coverage')
  .description("what of ATT&CK and of AWS's rules the catalogue covers")
  .option('--json', 'print JSON')
  .option('--layer <file>', 'also write an ATT&CK Navigator layer (4.5) of the coverage')
  .addOption(mappings)
  .action(async (options: CoverageOptions) => {
    const { coverageCommand } = await import('./coverage.ts');
    process.exitCode = await coverageCommand(options);
  });

const catalogue = program.command('catalogue').description('check the catalogue, or ask it');

catalogue
  .command('check')
  .description('run every check of the catalogue; names file and row of each problem')
  .option('--json', 'print JSON')
  .addOption(mappings)
  .action(async (options: CatalogueOptions) => {
    const { catalogueCheckCommand } = await import('./catalogue.ts');
    process.exitCode = await catalogueCheckCommand(options);
  });

catalogue
  .command('diff')
  .description('what an upgrade of ATT&CK changes in our links and in open technique findings')
  .requiredOption('--from <release>', 'the older release, for example 18.1')
  .option('--json', 'print JSON')
  .addOption(new Option('--database <url>', 'also count open technique findings in this database'))
  .action(async (options: { from: string; json?: boolean; database?: string }) => {
    const { catalogueDiffCommand } = await import('./catalogue.ts');
    process.exitCode = await catalogueDiffCommand(options);
  });

catalogue
  .command('show')
  .description('everything known about a rule, a technique, or another id of ATT&CK')
  .argument('<name>', 'rule key, with or without its provider (config:restricted-ssh), or an id such as T1078.004')
  .addOption(language)
  .option('--json', 'print JSON')
  .addOption(mappings)
  .action(async (name: string, options: CatalogueOptions & { language: 'en' | 'es' }) => {
    const { catalogueShowCommand } = await import('./catalogue.ts');
    process.exitCode = await catalogueShowCommand(name, options);
  });

const organization = program
  .command('organization')
  .description('look at the AWS organisation that is to be deployed to');

organization
  .command('discover')
  .description('walk AWS Organizations, without changing anything, and draft the configuration of a portfolio')
  .option('-o, --out <file>', 'where to write the configuration; by default it is printed')
  .option('--json', 'print everything that was found as JSON')
  .option('--region <region>', 'home Region of Security Hub; by default that of the AWS environment', region)
  .action(async (options: DiscoverOptions) => {
    const { discoverCommand } = await import('./organization-discover.ts');
    process.exitCode = await discoverCommand(options);
  });

const rollout = program
  .command('rollout')
  .description('look at the roll-out to member accounts, without changing anything');

const rolloutConfiguration = new Option(
  '-c, --configuration <file>',
  'the configuration of the portfolio, with its part rollout',
).makeOptionMandatory();
const aggregatorRegion = new Option(
  '--aggregator-region <region>',
  'Region of the aggregator of AWS Config; by default that of the portfolio',
).argParser(region);

rollout
  .command('plan')
  .description('what every account and Region would get, what is missing or in the way, and what it would cost')
  .addOption(rolloutConfiguration)
  .addOption(aggregatorRegion)
  .option('--json', 'print everything as JSON')
  .addHelpText(
    'after',
    '\nExit codes: 0 planned, whatever was found; 1 AWS did not answer; 2 bad usage or configuration.',
  )
  .action(async (options: RolloutPlanOptions) => {
    const { rolloutPlanCommand } = await import('./rollout-plan.ts');
    process.exitCode = await rolloutPlanCommand(options);
  });

rollout
  .command('status')
  .description(
    'how the stack sets, packs and stacks of the roll-out are, why what failed has failed, and what mends it',
  )
  .addOption(rolloutConfiguration)
  .addOption(aggregatorRegion)
  .option('--json', 'print everything as JSON')
  .addHelpText(
    'after',
    '\nExit codes: 0 healthy, or under way; 1 something needs a look (also a stack set that could not be read), or AWS did' +
      ' not answer; 2 bad usage or configuration. What is optional and could not be read does not count.',
  )
  .action(async (options: RolloutStatusOptions) => {
    const { rolloutStatusCommand } = await import('./rollout-status.ts');
    process.exitCode = await rolloutStatusCommand(options);
  });

program
  .command('security-hub')
  .description('run a local Security Hub that any AWS SDK or CLI can use, until interrupted')
  .option('--account <id>', 'account of the hub', accountId, '111122223333')
  .option('--region <region>', 'Region of the hub', region, 'eu-west-1')
  .option('--port <port>', 'port on 127.0.0.1; by default a free one', port)
  .option('--store <file>', 'keep the findings in this file')
  .option('--no-quotas', 'do not limit calls as AWS does')
  .option('--throttle <rate>', 'share of calls to answer with ThrottlingException, 0 to 1', rate)
  .option('--server-errors <rate>', 'share of calls to answer with a server error, 0 to 1', rate)
  .option('--partial-failures <rate>', 'share of findings to refuse one by one, 0 to 1', rate)
  .option('--delay <milliseconds>', 'wait before each answer', port)
  .action(async (options: SecurityHubCommandOptions) => {
    const { securityHubCommand } = await import('./security-hub-command.ts');
    process.exitCode = await securityHubCommand(options);
  });

program
  .command('retire')
  .description('before an uninstall: archive our findings in the Security Hub that the AWS environment names')
  .option('--region <region>', 'Region of the hub; by default the one that the AWS environment names', region)
  .option('--dry-run', 'only count them')
  .option('--json', 'print JSON')
  .action(async (options: RetireOptions) => {
    const { retireCommand } = await import('./retire.ts');
    process.exitCode = await retireCommand(options);
  });

const remediation = program
  .command('remediation')
  .description('what was planned, asked for, done and undone; and what people decide about it');

for (const [name, description] of [
  ['list', 'the newest first'],
  ['show', 'one, with before, after, calls and everything that has happened'],
  ['plan', 'look again at what it would change now; nothing is changed'],
  ['approve', 'look at a plan, and let the change be made'],
  ['undo', 'look at a change, and restore what was there before, unless somebody has changed it since'],
] as const) {
  const command = remediation
    .command(name)
    .description(description)
    .addOption(new Option('--url <url>', 'URL of the function remediation-control').env('VSOC_REMEDIATION_URL'))
    .option('--region <region>', 'its Region, where the URL does not tell', region)
    .option('--json', 'print JSON');
  if (name === 'list') {
    command
      .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
      .option('--account <account>', 'only of this account', accountId)
      .option('--limit <number>', 'so many at the most, 500 or fewer', listLimit, 100);
  } else command.argument('<id>', 'id of the remediation, as list tells it', remediationId);
  if (name === 'undo') command.option('--yes', 'undo it without being asked');
  if (name === 'approve') {
    command
      .option('--plan <hash>', 'agree to this plan without being asked; show tells its hash', hashOfPlan)
      .option('--yes', 'agree to whatever the plan is, without being asked');
  }
  command.action(async (...given: unknown[]) => {
    const [id, options] = (name === 'list' ? [undefined, given[0]] : given) as [string | undefined, RemediationOptions];
    const { remediationCommand } = await import('./remediation.ts');
    process.exitCode = await remediationCommand(name, id, options);
  });
}

function listLimit(value: string): number {
  const number = Number(value);
  if (!(Number.isInteger(number) && number >= 1 && number <= 500)) {
    throw new InvalidArgumentError('It is no number from 1 to 500.');
  }
  return number;
}

function remediationId(value: string): string {
  if (!/^r-[0-9a-f]{20}$/.test(value)) {
    throw new InvalidArgumentError('The id of a remediation looks like r-0123456789abcdef0123.');
  }
  return value;
}

function time(value: string): Date {
  const instant = parseInstant(value);
  if (instant === undefined) throw new InvalidArgumentError('It is no ISO 8601 time such as 2026-11-20T08:30:00Z.');
  return new Date(Number(instant / 1_000_000n));
}

function accountId(value: string): string {
  if (!isAccountId(value)) throw new InvalidArgumentError('An AWS account has 12 digits.');
  return value;
}

function region(value: string): string {
  if (!isRegion(value)) throw new InvalidArgumentError('An AWS Region looks like eu-west-1.');
  return value;
}

function hashOfPlan(value: string): string {
  if (!/^[0-9a-f]{12}$/.test(value)) throw new InvalidArgumentError('The hash of a plan has 12 digits from 0 to f.');
  return value;
}

function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535)
    throw new InvalidArgumentError('It is no number from 0 to 65535.');
  return number;
}

function rate(value: string): number {
  const number = Number(value);
  if (!(number >= 0 && number <= 1)) throw new InvalidArgumentError('It is no number from 0 to 1.');
  return number;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_BAD_USAGE;
  } else {
    // A person reads this: the message says what to do, the stack would only bury it.
    process.stderr.write(`vsoc: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['VSOC_DEBUG']) console.error(error);
    process.exitCode = error instanceof BadUsage ? EXIT_BAD_USAGE : EXIT_FAILED;
  }
}
