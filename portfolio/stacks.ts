/** The stacks of one configuration, and what becomes of the version that they offer. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { App } from 'aws-cdk-lib';
import { rolledOutRules } from '../stacksets/rolled-out-rules.ts';
import { addRollout } from '../stacksets/rollout-stacks.ts';
import type { RuleFacts } from '../stacksets/rule-facts.ts';
import { assetBucketName, type Configuration, hubOfStackSet, isOneAccount } from './configuration.ts';
import { LaunchRoleStack, type LaunchRoleStackProps } from './launch-role.ts';
import { keepVersion, ReleaseRefused } from './released-versions.ts';
import { VirtualSocPortfolio } from './virtual-soc-portfolio.ts';

export interface Stacks {
  readonly portfolio: VirtualSocPortfolio;
}

/**
 * Adds the stacks of a configuration to an app: the portfolio, in the governance account; the launch role, in the hub account,
 * unless a stack set brings it there; and what is rolled out to member accounts.
 *
 * @param facts rules that can be rolled out
 */
export function addStacks(app: App, configuration: Configuration, version: string, facts: RuleFacts): Stacks {
  const { portfolio: published, hub, rollout } = configuration;
  const { account, region } = published;
  const { notificationTopic } = published.constraints;
  const portfolio = new VirtualSocPortfolio(app, 'VirtualSocPortfolio', {
    env: { account, region },
    configuration,
    version,
  });
  const launchRole: LaunchRoleStackProps = {
    roleName: hub.launchRole,
    assetBucketName: assetBucketName(configuration),
    ...(notificationTopic === undefined ? {} : { notificationTopic }),
  };
  if (hubOfStackSet(configuration) === undefined) {
    const stack = new LaunchRoleStack(app, 'VirtualSocLaunchRole', {
      ...(hub.account === 'discover' ? {} : { env: { account: hub.account, region } }),
      ...launchRole,
    });
    // The launch constraint names the role, and Service Catalog looks whether it is there.
    if (isOneAccount(configuration)) portfolio.addStackDependency(stack);
  }
  if (rollout !== undefined) {
    addRollout(app, {
      configuration,
      rollout,
      portfolio,
      launchRole,
      ...rolledOutRules(rollout, facts),
    });
  }
  return { portfolio };
}

/**
 * Synthesises, and holds the current version against what was released.
 *
 * @param release whether to release it
 * @returns what became of it; undefined where the configuration keeps no versions
 * @throws ReleaseRefused
 */
export function synthesizeVersion(
  app: App,
  { portfolio }: Stacks,
  { versions }: Configuration,
  version: string,
  release: boolean,
): ReturnType<typeof keepVersion> | undefined {
  if (release && versions === undefined) {
    throw new ReleaseRefused('A release needs versions.directory in the configuration, where it is kept.');
  }
  const { directory } = app.synth();
  if (versions === undefined) return undefined;
  const template = readFileSync(path.join(directory, portfolio.product.templateFile), 'utf8');
  return keepVersion(versions.directory, { version, template }, release);
}
