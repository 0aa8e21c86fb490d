import { Aws, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IPortfolio } from 'aws-cdk-lib/aws-servicecatalog';
import { Construct } from 'constructs';
import { assetOf, customResourceProvider } from '../products/custom-resource-provider.ts';
import { VirtualSocFunction } from '../products/function.ts';
import type { Configuration } from './configuration.ts';

const LOG_RETENTION_DAYS = 90;

export interface OrganizationShareProps {
  readonly portfolio: IPortfolio;
  readonly hub: Configuration['hub'];
}

/**
 * Shares the portfolio through the organisation, so that the hub account need not accept it. CloudFormation's own resource
 * knows accounts only.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html
 */
export class OrganizationShare extends Construct {
  constructor(scope: Construct, id: string, props: OrganizationShareProps) {
    super(scope, id);
    const { portfolio, hub } = props;
    const handler = new VirtualSocFunction(this, 'Handler', {
      name: 'share-portfolio',
      description: 'shares the portfolio through the organisation',
      logRetentionDays: LOG_RETENTION_DAYS,
      // An organisation of thousands of accounts takes minutes.
      timeout: Duration.minutes(14),
      memorySize: 256,
      environment: {},
    });
    handler.allow(
      new PolicyStatement({
        sid: 'Shares',
        actions: [
          'servicecatalog:CreatePortfolioShare',
          'servicecatalog:DeletePortfolioShare',
          'servicecatalog:DescribePortfolioShares',
          'servicecatalog:UpdatePortfolioShare',
        ],
        resources: [portfolio.portfolioArn],
      }),
      new PolicyStatement({
        sid: 'StatusOfShares',
        // Neither knows a resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsservicecatalog.html
        actions: ['servicecatalog:DescribePortfolioShareStatus'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': Aws.REGION } },
      }),
    );
    const discover = hub.node === undefined && hub.account === 'discover';
    if (discover) {
      handler.allow(
        new PolicyStatement({
          sid: 'DelegatedAdministrators',
          // Without resources too. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
          actions: ['organizations:ListDelegatedAdministrators'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
        }),
      );
    }
    const provider = customResourceProvider(this, {
      name: 'share-portfolio',
      handler,
      logRetentionDays: LOG_RETENTION_DAYS,
    });
    new CustomResource(this, 'Share', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::VirtualSocPortfolioShare',
      properties: {
        PortfolioId: portfolio.portfolioId,
        NodeType: nodeType(hub.node),
        NodeValue: hub.node ?? hub.account,
        OwnAccount: Stack.of(this).account,
        ShareTagOptions: true,
        // Who may launch goes with a share of the organisation or a unit, never with one of an account.
        SharePrincipals: hub.node !== undefined,
        // Looked up again with each release of ours.
        ...(discover ? { Asset: assetOf(handler) } : {}),
      },
    });
  }
}

function nodeType(node: string | undefined): string {
  if (node === undefined) return 'ACCOUNT';
  return node.startsWith('ou-') ? 'ORGANIZATIONAL_UNIT' : 'ORGANIZATION';
}
