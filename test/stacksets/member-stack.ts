/** Templates of one stack, for tests of what is in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import type { ConfigRule } from '../../stacksets/config-rule.ts';
import type { ConformancePack } from '../../stacksets/conformance-pack.ts';
import type { Template } from '../portfolio/synthesis.ts';

/** Synthesises a stack and returns its template. */
export function templateOf(build: (app: App) => Stack): Template {
  const outdir = mkdtempSync(path.join(tmpdir(), 'virtual-soc-stack-'));
  try {
    const app = new App({ outdir, treeMetadata: false, context: { 'aws:cdk:version-reporting': false } });
    const { artifactId } = build(app);
    return app.synth().getStackArtifact(artifactId).template as Template;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** A rule as the generator would make it. */
export function rule(name: string, more: Partial<ConfigRule> = {}): ConfigRule {
  return {
    name,
    identifier: name.toUpperCase().replaceAll('-', '_'),
    domain: 'identity',
    scope: 'regional',
    techniques: ['T1078'],
    description: `About ${name}`,
    parameters: [],
    missingIn: [],
    ...more,
  };
}

/** A pack with the same body in some Regions, and another one in each further group of Regions. */
export function pack(name: string, ...regions: readonly (readonly string[])[]): ConformancePack {
  return {
    name,
    variants: regions.map((group) => ({
      regions: group,
      rules: [],
      body: `# ${name} in ${group.join(', ')}\nResources: {}\n`,
    })),
  };
}
