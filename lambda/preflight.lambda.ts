/**
 * Entry point of the preflight, the first resource of the product, behind CDK's provider framework: what it returns or
 * throws is what CloudFormation learns.
 */
import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { z } from 'zod';
import { securityHubTarget } from './core/security-hub-target.ts';
import { preflight } from './preflight.ts';
import { preflightQuestions } from './preflight-questions.ts';

/** CloudFormation takes 1,024 bytes for an output. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const LONGEST_OUTPUT = 1000;

const { HUB_ACCOUNT_ID, HUB_REGION } = z
  .object({ HUB_ACCOUNT_ID: z.string().regex(/^\d{12}$/), HUB_REGION: z.string().min(1) })
  .parse(process.env);

const properties = z.object({
  StackName: z.string().min(1),
  FindingFormat: z.enum(['cspm', 'v2']),
  EnableSecurityHub: z.enum(['yes', 'no']),
});

const logger = new Logger({ serviceName: 'preflight' });
const questions = preflightQuestions(HUB_REGION);

export const handler = async (event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> => {
  // Nothing was made, so nothing is undone.
  if (event.RequestType === 'Delete') return { PhysicalResourceId: event.PhysicalResourceId };

  // The id says with which properties the preflight passed. CloudFormation updates what has changed; asked with the same
  // again, it is rolling back, and a preflight that fails now would leave the stack in UPDATE_ROLLBACK_FAILED.
  const PhysicalResourceId = `preflight-${sha256(sorted(event.ResourceProperties))}`;
  const rollsBack = event.RequestType === 'Update' && event.PhysicalResourceId === PhysicalResourceId;
  try {
    const { StackName, FindingFormat, EnableSecurityHub } = properties.parse(event.ResourceProperties);
    const report = await preflight(
      securityHubTarget(HUB_ACCOUNT_ID, HUB_REGION),
      { format: FindingFormat, enablesSecurityHub: EnableSecurityHub === 'yes', ownRulePrefix: `${StackName}-` },
      questions,
    );
    logger.info('preflight passed', { ...report });
    for (const warning of report.warnings) logger.warn(warning);
    return {
      PhysicalResourceId,
      Data: {
        Facts: short(`${report.facts.join('; ')}.`),
        Warnings: short(report.warnings.join(' ') || 'none'),
      },
    };
  } catch (error) {
    const reason = short((error as Error).message);
    logger.error('preflight failed', { reason });
    if (rollsBack) return { PhysicalResourceId, Data: { Facts: 'rolled back', Warnings: reason } };
    throw new Error(reason);
  }
};

function short(text: string): string {
  return text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT - 1)}…` : text;
}

function sorted(resourceProperties: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(resourceProperties).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
