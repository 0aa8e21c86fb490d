import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import { addStacks, type Stacks, synthesizeVersion } from '../../portfolio/stacks.ts';
import { MEMBER_TEMPLATE } from '../../stacksets/member-template.ts';
import { readRuleFacts } from '../../stacksets/rule-facts.ts';

/** A resource of a template. What it refers to is left as CloudFormation writes it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Condition?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly Rules: Readonly<Record<string, { readonly Assertions: readonly { readonly Assert: unknown }[] }>>;
  readonly Metadata: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

/** The example configuration, synthesised. */
export interface Synthesis {
  readonly directory: string;
  readonly portfolio: Template;
  readonly product: Template;
  /** Wherever it is made: by a stack set, or as a stack. */
  readonly launchRole: Template;
  /** Every stack of the app. */
  readonly stacks: Readonly<Record<string, Template>>;
  /** What stack sets roll out, by the name of the file. */
  readonly members: Readonly<Record<string, Template>>;
  /** Stacks that each stack is deployed after. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  /** Templates of versions that were released before, by version. */
  readonly released: Readonly<Record<string, string>>;
  /** Size in bytes, as it is uploaded. */
  readonly productBytes: number;
}

/** Time that a hook may take which synthesises, in milliseconds. */
export const SYNTHESIS_TIMEOUT = 60_000;

export const EXAMPLE = path.join(import.meta.dirname, '../../portfolio/example-configuration.yaml');

const FACTS = await readRuleFacts();

let synthesised: Synthesis | undefined;

/** To be removed at the end. */
const directories: string[] = [];

/** Synthesises once for each run, and bundles the functions as a deployment does: some seconds. */
export function synthesis(): Synthesis {
  synthesised ??= synthesise(readConfiguration(EXAMPLE));
  return synthesised;
}

export interface SynthesisOptions {
  /** @default 0.1.0 */
  readonly version?: string;
  /** @default false */
  readonly release?: boolean;
  /** Changes the stacks before they are synthesised, as a later version of ours would. */
  readonly change?: (stacks: Stacks) => void;
}

/** Synthesises a configuration, with the feature flags of `cdk.json`. The files are removed at the end of the process. */
export function synthesise(
  configuration: Configuration,
  context: Record<string, unknown> = {},
  { version = '0.1.0', release = false, change }: SynthesisOptions = {},
): Synthesis {
  const outdir = mkdtempSync(path.join(tmpdir(), 'virtual-soc-synth-'));
  if (directories.length === 0) {
    process.once('exit', () => {
      for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    });
  }
  directories.push(outdir);
  const flags = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ outdir, context: { ...flags.context, ...context } });
  const stacks = addStacks(app, configuration, version, FACTS);
  change?.(stacks);
  synthesizeVersion(app, stacks, configuration, version, release);

  const assembly = app.synth();
  const file = path.join(outdir, stacks.portfolio.product.templateFile);
  const released = readdirSync(outdir).flatMap((name) => {
    const [, of] = /^VirtualSocPortfolio-(.+)\.released\.template\.json$/.exec(name) ?? [];
    return of === undefined ? [] : [[of, readFileSync(path.join(outdir, name), 'utf8')]];
  });
  const stackTemplates = Object.fromEntries(
    assembly.stacksRecursively.map(({ id, template }) => [id, template as Template]),
  );
  const members = Object.fromEntries(
    readdirSync(outdir)
      .filter((name) => name.endsWith(MEMBER_TEMPLATE))
      .map((name) => [
        name.slice(0, -MEMBER_TEMPLATE.length),
        JSON.parse(readFileSync(path.join(outdir, name), 'utf8')) as Template,
      ]),
  );
  return {
    directory: outdir,
    portfolio: stackTemplates['VirtualSocPortfolio'] as Template,
    product: JSON.parse(readFileSync(file, 'utf8')) as Template,
    launchRole: (members['VirtualSocLaunchRole'] ?? stackTemplates['VirtualSocLaunchRole']) as Template,
    stacks: stackTemplates,
    members,
    dependencies: Object.fromEntries(
      assembly.stacksRecursively.map(({ id, dependencies }) => [
        id,
        dependencies.map((other) => other.id).filter((other) => !other.endsWith('.assets')),
      ]),
    ),
    released: Object.fromEntries(released) as Record<string, string>,
    productBytes: statSync(file).size,
  };
}

/** Logical ids and properties of all resources of a type. */
export function resourcesOf(template: Template, type: string): [id: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** A statement of a policy, as CloudFormation writes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, unknown>>;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every statement of every policy in a template, with the logical id of its resource. */
export function statementsOf(template: Template): [id: string, statement: Statement][] {
  const found: [string, Statement][] = [];
  const search = (id: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('Effect' in value && 'Action' in value) found.push([id, value as Statement]);
    else for (const part of Object.values(value)) search(id, part);
  };
  for (const [id, { Properties }] of Object.entries(template.Resources)) search(id, Properties);
  return found;
}
