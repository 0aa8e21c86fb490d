/**
 * Versions that were released, as their templates. They are kept beside the customer's configuration, since they name the
 * customer's bucket, and are never changed: what was launched from one can always be launched again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FileAssetPackaging, Stack, Stage } from 'aws-cdk-lib';
import { CloudFormationTemplate, type CloudFormationTemplateConfig } from 'aws-cdk-lib/aws-servicecatalog';
import type { Construct } from 'constructs';
import { RESOURCE_TYPE_RIGHTS } from './launch-rights.ts';

/** What was released, oldest first, in the format of `sha256sum --check`. */
const CHECKSUMS = 'SHA256SUMS';

/** Versions of a product that Service Catalog keeps. https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html */
const MOST_VERSIONS = 100;

/** Resources that hold something. A template without one of them takes it, or what it holds, from whoever upgrades. */
const STATEFUL_TYPES = [
  'AWS::KMS::Key',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSubnetGroup',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
];

export interface ReleasedVersion {
  readonly version: string;
  /** The template, byte by byte. */
  readonly template: string;
}

/** Thrown where a release would change or break what was released before; the message says what to do. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused';
}

/**
 * Reads what was released, oldest first.
 *
 * @throws ReleaseRefused where a template is missing or no longer the one that was released
 */
export function readReleasedVersions(directory: string): ReleasedVersion[] {
  const list = path.join(directory, CHECKSUMS);
  if (!existsSync(list)) return [];
  const lines = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [, checksum, version] = /^([0-9a-f]{64}) {2}(.+)\.template\.json$/.exec(line) ?? [];
    if (checksum === undefined || version === undefined) {
      throw new ReleaseRefused(`${list}: is no line of sha256sum: ${line}`);
    }
    const file = path.join(directory, fileName(version));
    if (!existsSync(file)) throw new ReleaseRefused(`${file}: version ${version} was released, and is missing.`);
    const template = readFileSync(file, 'utf8');
    if (sha256(template) !== checksum) {
      throw new ReleaseRefused(`${file}: is not what was released as version ${version}. Restore it.`);
    }
    return { version, template };
  });
}

/**
 * Holds the template of the current version against what was released.
 *
 * @param release whether to release it, where it is new
 * @returns whether it was written now, was there before, or stays unreleased
 * @throws ReleaseRefused where the version was released with another template, or would lose what an older one holds
 */
export function keepVersion(
  directory: string,
  current: ReleasedVersion,
  release: boolean,
): 'written' | 'there' | 'unreleased' {
  const { version, template } = current;
  const released = readReleasedVersions(directory);
  const same = released.find((other) => other.version === version);
  if (same !== undefined && same.template !== template) {
    throw new ReleaseRefused(
      `Version ${version} was released with another template, which is in ${path.join(directory, fileName(version))}. A ` +
        'released version never changes: deploy what it was released from, with the configuration of then, or raise the ' +
        'version in package.json.',
    );
  }
  if (same !== undefined) return 'there';
  const newest = released.at(-1);
  const lost = newest === undefined ? [] : lostResources(newest.template, template);
  if (lost.length > 0) {
    throw new ReleaseRefused(
      `An upgrade from version ${newest?.version} to ${version} would lose ${lost.join(', ')}: a resource is found again by ` +
        'its logical id only.',
    );
  }
  if (!release) return 'unreleased';
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, fileName(version)), template, { flag: 'wx' });
  writeFileSync(path.join(directory, CHECKSUMS), `${sha256(template)}  ${fileName(version)}\n`, { flag: 'a' });
  return 'written';
}

/** Logical ids of resources that hold something in the older template and are not in the newer one. */
export function lostResources(older: string, newer: string): string[] {
  const left = resourceTypes(newer);
  return Object.entries(resourceTypes(older))
    .filter(([id, type]) => STATEFUL_TYPES.includes(type) && left[id] !== type)
    .map(([id]) => id);
}

/**
 * Versions that can be offered beside the current one.
 *
 * @throws ReleaseRefused where one could not be launched: it reads its code from another bucket, its roles have another boundary,
 * or the launch role may not make what is in it
 */
export function offeredBeside(
  current: string,
  released: readonly ReleasedVersion[],
  { bucketName, boundary }: { readonly bucketName: string; readonly boundary: string },
): ReleasedVersion[] {
  const others = released.filter(({ version }) => version !== current);
  if (others.length >= MOST_VERSIONS) {
    throw new ReleaseRefused(
      `A product has at most ${MOST_VERSIONS} versions, and ${others.length} were released before.`,
    );
  }
  for (const { version, template } of others) {
    const buckets = new Set(Array.from(template.matchAll(/"S3Bucket": "([^"]+)"/g), ([, name]) => name));
    const other = [...buckets].find((name) => name !== bucketName);
    if (other !== undefined) {
      throw new ReleaseRefused(
        `Version ${version} reads its code from the bucket ${other}, and portfolio.assetBucket is ${bucketName}. Set ` +
          `portfolio.assetBucket to that one, or take the version out of versions.directory.`,
      );
    }
    const unknown = Object.values(resourceTypes(template)).find((type) => !hasRights(type));
    if (unknown !== undefined) {
      throw new ReleaseRefused(
        `Version ${version} has a resource of type ${unknown}, which the launch role may no longer make. Take the version ` +
          'out of versions.directory.',
      );
    }
    if (template.includes('"PermissionsBoundary"') && !template.includes(`/${boundary}"`)) {
      throw new ReleaseRefused(
        `Version ${version} has another permissions boundary than ${boundary}, which hub.launchRole names. Set ` +
          'hub.launchRole to what it was, or take the version out of versions.directory.',
      );
    }
  }
  return others;
}

/**
 * A template as it was released. Its address is the one that it had as the current version: Service Catalog tells versions
 * apart by name and address, and a version with another address is a new one, in whose place the old one goes.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-servicecatalog-cloudformationproduct.html
 */
export class ReleasedTemplate extends CloudFormationTemplate {
  private readonly released: ReleasedVersion;

  constructor(released: ReleasedVersion) {
    super();
    this.released = released;
  }

  override bind(scope: Construct): CloudFormationTemplateConfig {
    const { version, template } = this.released;
    const stack = Stack.of(scope);
    const file = `${stack.artifactId}-${version}.released.template.json`;
    writeFileSync(path.join(Stage.of(scope)?.outdir ?? '.', file), template);
    const { httpUrl } = stack.synthesizer.addFileAsset({
      packaging: FileAssetPackaging.FILE,
      // What CDK makes the address of a product stack's template of.
      sourceHash: sha256(template),
      fileName: file,
      displayName: `Released version ${version}`,
    });
    return { httpUrl };
  }
}

function resourceTypes(template: string): Record<string, string> {
  const { Resources } = JSON.parse(template) as { Resources: Record<string, { Type: string }> };
  return Object.fromEntries(Object.entries(Resources).map(([id, { Type }]) => [id, Type]));
}

function hasRights(type: string): boolean {
  return type.startsWith('Custom::') || type in RESOURCE_TYPE_RIGHTS;
}

function fileName(version: string): string {
  return `${version}.template.json`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
