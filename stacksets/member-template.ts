/** Templates that stack sets roll out: each a file of the cloud assembly, uploaded to the bucket of CDK's bootstrap. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  App,
  DefaultStackSynthesizer,
  type Environment,
  FileAssetPackaging,
  Stack,
  type StackProps,
  Stage,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Bytes that CloudFormation reads of a template. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_BYTES = 1_048_576;
/** Resources of one template. The same page. */
const MOST_RESOURCES = 500;

/** Ends the name of every such file, so that it can be told from a stack of the app. */
export const MEMBER_TEMPLATE = '.member.template.json';

/** What stacks of member accounts have in common. They are for accounts that CDK has never seen. */
export function memberStackProps(description: string, env?: Environment): StackProps {
  return {
    ...(env === undefined ? {} : { env }),
    description,
    analyticsReporting: false,
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  };
}

/** A template that is uploaded. */
export interface MemberTemplate {
  /** Where CloudFormation reads it. */
  readonly url: string;
  /** Whether it makes roles, which whoever deploys it has to acknowledge. */
  readonly hasRoles: boolean;
}

/**
 * Synthesises a stack by itself and adds its template to the assembly that a construct is in. It is no stack of that app,
 * since it is deployed by no CDK.
 *
 * @param name of the file
 * @param build makes the stack
 * @throws Error where CloudFormation would refuse the template for its size
 */
export function addMemberTemplate(scope: Construct, name: string, build: (app: App) => Stack): MemberTemplate {
  const { template, text } = synthesiseAlone(scope, build);
  const resources = Object.values(template.Resources);
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES || resources.length > MOST_RESOURCES) {
    throw new Error(
      `${name}: the template has ${bytes} bytes and ${resources.length} resources, and CloudFormation takes ${MOST_BYTES} ` +
        `and ${MOST_RESOURCES}. Roll out fewer rules (rollout.configRules.level, without) or to fewer Regions.`,
    );
  }
  const stack = Stack.of(scope);
  const fileName = `${name}${MEMBER_TEMPLATE}`;
  writeFileSync(path.join(Stage.of(scope)?.outdir ?? '.', fileName), text);
  const { httpUrl } = stack.synthesizer.addFileAsset({
    packaging: FileAssetPackaging.FILE,
    sourceHash: createHash('sha256').update(text).digest('hex'),
    fileName,
    displayName: `${name}, for member accounts`,
  });
  return { url: httpUrl, hasRoles: resources.some(({ Type }) => Type === 'AWS::IAM::Role') };
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

function synthesiseAlone(scope: Construct, build: (app: App) => Stack): { template: Template; text: string } {
  const outdir = mkdtempSync(path.join(tmpdir(), 'virtual-soc-member-'));
  try {
    // With the feature flags of the app that it is for.
    const app = new App({
      outdir,
      context: scope.node.getAllContext() as Record<string, unknown>,
      treeMetadata: false,
    });
    const { artifactId } = build(app);
    const { template } = app.synth().getStackArtifact(artifactId) as { template: Template };
    return { template, text: JSON.stringify(template) };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
