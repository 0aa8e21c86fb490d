import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { MEMBER_TEMPLATE } from '../../stacksets/member-template.ts';
import { readRuleFacts } from '../../stacksets/rule-facts.ts';
import { EXAMPLE } from '../portfolio/synthesis.ts';
import { intrinsicOf, isObject, type Template } from './template.ts';

/** A template that would be deployed, launched, or rolled out. */
export interface SynthesisedTemplate {
  /**
   * What exceptions call it: `VirtualSocPortfolio` a stack, `VirtualSocPortfolioVirtualSocProduct` a product,
   * `VirtualSocMemberRoles` what a stack set rolls out, `VirtualSocPortfolio/StackSet` the body in a resource. A released
   * version is called like the product it is one of.
   */
  readonly name: string;
  readonly kind: 'stack' | 'product' | 'member' | 'body';
  readonly file: string;
  readonly bytes: number;
  readonly template: Template;
}

/** Every rule with a correction, so that their role is one that may do everything, and of the others the essential ones. */
const EVERY_CORRECTION = await (async () => {
  const rules = [...(await readRuleFacts()).rules.values()];
  return {
    level: 'full',
    without: rules
      .filter(({ level, correction }) => level === 'full' && correction === undefined)
      .map(({ name }) => name),
    correct: rules.filter(({ correction }) => correction !== undefined).map(({ name }) => name),
  };
})();

/** Time that a hook may take which synthesises, in milliseconds. */
export const SYNTHESIS_TIMEOUT = 120_000;

let synthesised: readonly SynthesisedTemplate[] | undefined;

/**
 * Every template that the app makes of the example configuration, and what stack sets roll out where everything is chosen. The
 * app itself is run, as the CDK CLI would, once for each run of the tests and configuration: a stack, product or stack set that
 * is added to it is covered without a word here.
 */
export function synthesisedTemplates(): readonly SynthesisedTemplate[] {
  synthesised ??= [...templatesIn(synthesise()), ...withEverythingChosen()];
  return synthesised;
}

/** What is rolled out to member accounts where the example does without: recorders, corrections, rules one by one. */
function withEverythingChosen(): SynthesisedTemplate[] {
  const { rollout, ...others } = parse(readFileSync(EXAMPLE, 'utf8')) as { readonly rollout: Record<string, object> };
  const configuration = {
    ...others,
    rollout: {
      ...rollout,
      configRules: { rendering: 'config-rules', ...EVERY_CORRECTION },
      memberRoles: {
        publish: true,
        remediate: { apply: ACTIONS.map(({ id }) => id), breakGlass: ['arn:aws:iam::*:role/break-glass-*'] },
      },
      recorders: [
        {
          accounts: ['555566667777'],
          regions: ['eu-west-1', 'us-east-1'],
          deliveryBucket: 'exmp-config-history',
          serviceLinkedRole: 'create',
        },
      ],
    },
  };
  const file = path.join(temporaryDirectory(), 'configuration.json');
  writeFileSync(file, JSON.stringify(configuration));
  const templates = templatesIn(synthesise({ configuration: file, 'aws:cdk:bundling-stacks': [] }));
  return templates
    .filter(({ name, kind }) => kind === 'member' && name !== 'VirtualSocLaunchRole')
    .map((template) => ({ ...template, name: `${template.name}Everything` }));
}

/** Runs the app and returns the directory of its cloud assembly, which is removed at the end of the process. */
function synthesise(more: object = {}): string {
  const directory = temporaryDirectory();
  const { app, context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app: string; context: object };
  // No credentials, no proxy, no account: what it makes may depend on the repository alone.
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    CDK_OUTDIR: directory,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...more }),
    // esbuild is started through npm, which would look for a newer npm.
    NPM_CONFIG_UPDATE_NOTIFIER: 'false',
  };
  const { status, stdout, stderr } = spawnSync(app, { shell: true, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${app} ended with ${status}:\n${stdout}\n${stderr}`);
  return directory;
}

/** Every template in the directory of a cloud assembly: of stacks, of nested assemblies, of products, and bodies within. */
export function templatesIn(directory: string): SynthesisedTemplate[] {
  const files = readdirSync(directory, { withFileTypes: true }).flatMap((entry): string[] => {
    if (entry.isFile() && entry.name.endsWith('.json')) return [path.join(directory, entry.name)];
    return [];
  });
  const nested = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('assembly-'))
    .flatMap((entry) => templatesIn(path.join(directory, entry.name)));
  const found = files
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
    .map(({ file, text }) => ({ file, bytes: Buffer.byteLength(text), template: JSON.parse(text) as Template }))
    .filter(({ template }) => isObject(template) && isObject(template.Resources));
  // An asset is named by its content. A version released earlier is one, and says of itself what the product says.
  const named = new Map(
    found.filter(({ file }) => !isAsset(file)).map(({ file, template }) => [template.Description, nameOf(file)]),
  );
  const templates = found.map(({ file, ...rest }): SynthesisedTemplate => {
    const name = (isAsset(file) ? named.get(rest.template.Description) : undefined) ?? nameOf(file);
    return { name, kind: kindOf(file), file, ...rest };
  });
  return [...templates, ...templates.flatMap(bodiesIn), ...nested];
}

/** What was released earlier lies there as it was: under the hash of its content, or under its version. */
function isAsset(file: string): boolean {
  return path.basename(file).startsWith('asset.') || file.endsWith('.released.template.json');
}

function kindOf(file: string): SynthesisedTemplate['kind'] {
  if (file.endsWith(MEMBER_TEMPLATE)) return 'member';
  return isAsset(file) || file.endsWith('.product.template.json') ? 'product' : 'stack';
}

/** CDK ends the name of a product's template in eight digits of a hash, which are left out. */
function nameOf(file: string): string {
  return path
    .basename(file)
    .replace(/[0-9A-F]{8}\.product\.template\.json$/, '')
    .replace(/(\.member)?(\.template)?\.json$/, '');
}

/** Templates that resources carry in themselves: what a stack set rolls out. */
function bodiesIn({ name, template }: SynthesisedTemplate): SynthesisedTemplate[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const body = Properties['TemplateBody'];
    // A conformance pack is no CloudFormation template, and knows rules and remediations only.
    if (body === undefined || Type.endsWith('ConformancePack')) return [];
    const text = textOf(body);
    if (text === undefined) throw new Error(`${name}/${id}: its TemplateBody cannot be read before it is deployed`);
    const parsed = parse(text) as Template;
    const file = path.join(temporaryDirectory(), `${id}.template.json`);
    writeFileSync(file, JSON.stringify(parsed, undefined, 1));
    return [{ name: `${name}/${id}`, kind: 'body', file, bytes: Buffer.byteLength(text), template: parsed }];
  });
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  const { name, argument } = intrinsicOf(body) ?? {};
  if (name === 'Fn::Sub') return textOf(Array.isArray(argument) ? (argument as unknown[])[0] : argument);
  return undefined;
}

const temporary: string[] = [];
process.once('exit', () => temporary.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** A directory that is removed at the end of the process. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'virtual-soc-templates-'));
  temporary.push(directory);
  return directory;
}
