/**
 * What `cdk` runs. The configuration is the example unless `-c configuration=FILE` names one. `-c release=true` keeps the
 * current version as it is, for good.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { readRuleFacts } from '../stacksets/rule-facts.ts';
import { readConfiguration } from './configuration.ts';
import { addStacks, synthesizeVersion } from './stacks.ts';

const app = new App();
const file: unknown = app.node.tryGetContext('configuration');
const configuration = readConfiguration(
  typeof file === 'string' ? file : path.join(import.meta.dirname, 'example-configuration.yaml'),
);
const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};
const release = [true, 'true'].includes(app.node.tryGetContext('release') as boolean | string);

const stacks = addStacks(app, configuration, version, await readRuleFacts());
synthesizeVersion(app, stacks, configuration, version, release);
