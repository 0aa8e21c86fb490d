/** What `cdk` runs. The configuration is the example unless `-c configuration=FILE` names one. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { readConfiguration } from './configuration.ts';
import { VirtualSocPortfolio } from './virtual-soc-portfolio.ts';

const app = new App();
const file: unknown = app.node.tryGetContext('configuration');
const configuration = readConfiguration(
  typeof file === 'string' ? file : path.join(import.meta.dirname, 'example-configuration.yaml'),
);
const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};
const { account, region } = configuration.portfolio;

new VirtualSocPortfolio(app, 'VirtualSocPortfolio', { env: { account, region }, configuration, version });
