/**
 * Entry point of the organisation share, a custom resource behind CDK's provider framework: what it returns or throws is
 * what CloudFormation learns.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { ServiceCatalogClient } from '@aws-sdk/client-service-catalog';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse, Context } from 'aws-lambda';
import { z } from 'zod';
import { administratorsOf, portfolioShares } from './share-portfolio-clients.ts';
import { readableShareFailure } from './share-portfolio-failure.ts';
import {
  discoverHub,
  readShareId,
  shareId,
  sharePortfolio,
  ShareRefused,
  unsharePortfolio,
} from './share-portfolio.ts';

const logger = new Logger({ serviceName: 'share-portfolio' });

const patience = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};
const shares = portfolioShares(new ServiceCatalogClient(patience));
const organizations = new OrganizationsClient(patience);

/** CloudFormation makes text of everything. */
const yesNo = z.enum(['true', 'false']).transform((text) => text === 'true');

const properties = z.object({
  PortfolioId: z.string().min(1),
  NodeType: z.enum(['ACCOUNT', 'ORGANIZATION', 'ORGANIZATIONAL_UNIT']),
  /** `discover`: the delegated administrator of Security Hub. */
  NodeValue: z.string().min(1),
  /** The governance account, which a portfolio cannot be shared with. */
  OwnAccount: z.string().min(1),
  ShareTagOptions: yesNo,
  SharePrincipals: yesNo,
});

export const handler = async (
  event: CdkCustomResourceEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<CdkCustomResourceResponse> => {
  const waiting = {
    left: () => context.getRemainingTimeInMillis(),
    sleep: async (milliseconds: number) => {
      await sleep(milliseconds);
    },
  };
  try {
    if (event.RequestType === 'Delete') {
      // An id that is none of ours belongs to a share that was never made.
      const share = readShareId(event.PhysicalResourceId);
      const outcome =
        share === undefined ? 'absent' : await unsharePortfolio(shares, share.portfolioId, share.node, waiting);
      logger.info('portfolio not shared', { outcome });
      return { PhysicalResourceId: event.PhysicalResourceId };
    }
    const wanted = properties.parse(event.ResourceProperties);
    const value =
      wanted.NodeValue === 'discover' ? await discoverHub(administratorsOf(organizations)) : wanted.NodeValue;
    if (value === wanted.OwnAccount) {
      throw new ShareRefused(
        `The delegated administrator of Security Hub is ${value}, the governance account itself. Set hub.account to it and ` +
          'hub.share to none.',
      );
    }
    const node = { type: wanted.NodeType, value };
    const options = { tagOptions: wanted.ShareTagOptions, principals: wanted.SharePrincipals };
    const outcome = await sharePortfolio(shares, wanted.PortfolioId, node, options, waiting);
    logger.info('portfolio shared', { outcome, node });
    return { PhysicalResourceId: shareId(wanted.PortfolioId, node), Data: { SharedWith: value } };
  } catch (error) {
    const reason = readableShareFailure(error);
    logger.error('portfolio share failed', { reason });
    // A stack trace would hide the reason in the events of the stack.
    throw new Error(reason, { cause: error });
  }
};
