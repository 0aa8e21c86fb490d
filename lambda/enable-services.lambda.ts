/**
 * Entry point of the function that turns services on, a custom resource behind CDK's provider framework: what it returns
 * or throws is what CloudFormation learns.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { z } from 'zod';
import { securityHubTarget } from './core/security-hub-target.ts';
import { describeEnabled, enableServices, type ServiceSwitch } from './enable-services.ts';
import { configSwitch, guardDutySwitch, securityHubSwitch } from './enable-services-switches.ts';

/** CloudFormation takes 4 KB for a whole answer, and its console shows less. */
const LONGEST_REASON = 1000;

/** The physical id remembers what was turned on, so that later runs, which find it on, still say who did. */
const ID_PREFIX = 'services:';

const { HUB_ACCOUNT_ID, HUB_REGION } = z
  .object({ HUB_ACCOUNT_ID: z.string().regex(/^\d{12}$/), HUB_REGION: z.string().min(1) })
  .parse(process.env);

const answer = z.enum(['yes', 'no']).transform((word) => word === 'yes');
const properties = z.object({
  EnableConfig: answer,
  EnableSecurityHub: answer,
  SecurityHubStandards: answer,
  EnableGuardDuty: answer,
  ConfigBucket: z.string().min(1).optional(),
});

const logger = new Logger({ serviceName: 'enable-services' });

export const handler = async (event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> => {
  // What was turned on stays on: others may rely on it by now.
  if (event.RequestType === 'Delete') return { PhysicalResourceId: event.PhysicalResourceId };

  try {
    const report = await enableServices(wantedOf(properties.parse(event.ResourceProperties)));
    const turnedOn = [...new Set([...turnedOnBefore(event), ...report.turnedOn])];
    const Summary = describeEnabled(turnedOn, report);
    logger.info('services looked at', { ...report });
    return { PhysicalResourceId: `${ID_PREFIX}${turnedOn.join(',')}`, Data: { Summary } };
  } catch (error) {
    const reason = (error as Error).message.slice(0, LONGEST_REASON);
    logger.error('services not turned on', { reason });
    throw new Error(reason);
  }
};

function wantedOf(answers: z.output<typeof properties>): ServiceSwitch[] {
  const wanted: ServiceSwitch[] = [];
  if (answers.EnableConfig) {
    if (answers.ConfigBucket === undefined) throw new Error('There is no bucket for the history of AWS Config.');
    wanted.push(configSwitch(securityHubTarget(HUB_ACCOUNT_ID, HUB_REGION), answers.ConfigBucket));
  }
  if (answers.EnableSecurityHub) wanted.push(securityHubSwitch(HUB_REGION, answers.SecurityHubStandards));
  if (answers.EnableGuardDuty) wanted.push(guardDutySwitch(HUB_REGION));
  return wanted;
}

function turnedOnBefore(event: CdkCustomResourceEvent): string[] {
  if (event.RequestType !== 'Update' || !event.PhysicalResourceId.startsWith(ID_PREFIX)) return [];
  return event.PhysicalResourceId.slice(ID_PREFIX.length).split(',').filter(Boolean);
}
