import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Finding } from './explained-findings.ts';

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('@cdklabs/cdk-validator-cfnguard/package.json'));

/** The rules that come with it: AWS Control Tower's proactive controls. */
const RULES = path.join(PACKAGE, 'rules/control-tower/cfn-guard');

/** Directories of the program within the package, which names Linux after Ubuntu. */
const PLATFORMS: Readonly<Record<string, string>> = { linux: 'ubuntu', darwin: 'macos' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What cfn-guard exits with where every rule held, and where one did not. */
const PASSED = 0;
const FAILED = 19;

/** The program for a machine. */
export function guardProgram(platform: string = process.platform, architecture: string = process.arch): string {
  const program = path.join(
    PACKAGE,
    'bin',
    PLATFORMS[platform] ?? platform,
    ARCHITECTURES[architecture] ?? architecture,
    'cfn-guard',
  );
  if (!existsSync(program)) throw new Error(`There is no cfn-guard for ${platform} on ${architecture}: ${program}`);
  return program;
}

/** Rules that come with it, by file. */
export function guardRules(): string[] {
  return readdirSync(RULES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.guard'));
}

/** What cfn-guard says of a template. */
interface Report {
  readonly name: string;
  readonly not_compliant: readonly { readonly Rule: { readonly name: string } }[];
  readonly not_applicable: readonly string[];
  readonly compliant: readonly string[];
}

export interface GuardResult {
  readonly findings: readonly Finding[];
  /** Rules that were looked at, of each template. */
  readonly rules: readonly number[];
}

/**
 * What cfn-guard holds against templates.
 *
 * @param templates the file of each, and its name for the findings
 */
export function guardFindings(templates: readonly { readonly name: string; readonly file: string }[]): GuardResult {
  const { status, stdout, stderr, error } = spawnSync(
    guardProgram(),
    [
      'validate',
      ...['--rules', RULES],
      ...templates.flatMap(({ file }) => ['--data', file]),
      ...['--output-format', 'json', '--show-summary', 'none', '--structured'],
    ],
    { encoding: 'utf8', maxBuffer: 1024 ** 3 },
  );
  if (status !== PASSED && status !== FAILED) {
    throw new Error(`cfn-guard ended with ${status}: ${stderr}`, { cause: error });
  }
  const reports = JSON.parse(stdout) as Report[];
  if (reports.length !== templates.length) throw new Error(`cfn-guard has read ${reports.length} templates`);
  return {
    findings: reports.flatMap(({ name, not_compliant }) => {
      const template = templates.find(({ file }) => path.resolve(file) === path.resolve(name));
      if (template === undefined) throw new Error(`cfn-guard has read ${name}`);
      return not_compliant.flatMap(({ Rule }) =>
        resourcesIn(Rule).map((logicalId): Finding => ({
          check: 'cfn-guard',
          rule: ruleOf(Rule),
          template: template.name,
          logicalId,
        })),
      );
    }),
    rules: reports.map(
      (report) => report.not_compliant.length + report.not_applicable.length + report.compliant.length,
    ),
  };
}

/** The number of AWS's control, with which it is documented, such as `CT.SQS.PR.1`. */
function ruleOf(rule: { readonly name: string }): string {
  return /\[(CT\.[A-Z0-9.]+)\]/.exec(JSON.stringify(rule))?.[1] ?? rule.name;
}

/** Resources that the clauses of a rule were looked at in. The form of the clauses is documented nowhere; paths are everywhere. */
function resourcesIn(rule: unknown): string[] {
  const paths = JSON.stringify(rule).matchAll(/"path":"\/Resources\/([A-Za-z0-9]+)\//g);
  const found = [...new Set([...paths].map(([, id = '']) => id))].sort();
  return found.length === 0 ? ['(none)'] : found;
}
