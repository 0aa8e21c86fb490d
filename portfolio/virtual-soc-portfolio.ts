import { Annotations, type Environment, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  BucketPolicy,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import {
  CfnPortfolioPrincipalAssociation,
  CloudFormationProduct,
  CloudFormationTemplate,
  Portfolio,
  TagOptions,
} from 'aws-cdk-lib/aws-servicecatalog';
import type { Construct } from 'constructs';
import { VirtualSocProduct } from '../products/virtual-soc-product.ts';
import type { Configuration } from './configuration.ts';

export interface VirtualSocPortfolioProps {
  readonly env: Environment;
  readonly configuration: Configuration;
  /** Version of the product, as its users see it. */
  readonly version: string;
}

/** What the governance account publishes: the product, how it is launched, and who may see it. */
export class VirtualSocPortfolio extends Stack {
  constructor(scope: Construct, id: string, props: VirtualSocPortfolioProps) {
    super(scope, id, {
      env: props.env,
      description: 'Virtual SOC: Service Catalog portfolio',
      analyticsReporting: false,
    });
    const { portfolio: published, hub, organization } = props.configuration;

    const assetBucket = this.assetBucket(published, organization.id);
    const product = new CloudFormationProduct(this, 'Product', {
      productName: 'Virtual SOC',
      description: 'MITRE ATT&CK techniques and tactics of the findings in Security Hub',
      owner: published.provider,
      ...(published.supportEmail === undefined ? {} : { supportEmail: published.supportEmail }),
      productVersions: [
        {
          productVersionName: props.version,
          cloudFormationTemplate: CloudFormationTemplate.fromProductStack(
            new VirtualSocProduct(this, 'VirtualSocProduct', { assetBucket }),
          ),
        },
      ],
    });
    // A version that can be launched before its code is there fails in the middle.
    product.node.addDependency(assetBucket);

    const portfolio = new Portfolio(this, 'Portfolio', {
      displayName: published.name,
      providerName: published.provider,
      description: 'The ATT&CK layer for AWS Security Hub',
    });
    portfolio.addProduct(product);
    portfolio.setLocalLaunchRole(product, Role.fromRoleName(this, 'LaunchRole', hub.launchRole), {
      description: 'Launched with a role of the account it is launched in',
    });
    if (Object.keys(published.tagOptions).length > 0) {
      const tagOptions = new TagOptions(this, 'TagOptions', { allowedValuesForTags: published.tagOptions });
      portfolio.associateTagOptions(tagOptions);
    }
    for (const launcher of hub.launchers) {
      new CfnPortfolioPrincipalAssociation(this, `Launcher-${launcher}`, {
        portfolioId: portfolio.portfolioId,
        principalArn: `arn:${this.partition}:iam:::role/${launcher}`,
        principalType: 'IAM_PATTERN',
      });
    }
    if (hub.share === 'account') portfolio.shareWithAccount(hub.account, { shareTagOptions: true });
  }

  /**
   * The bucket that launches read the code of the functions from. Its old files are never removed, since released versions
   * name them, and it stays when the portfolio goes, since products launched from it do.
   */
  private assetBucket({ account, region, assetBucket }: Configuration['portfolio'], organizationId: string): IBucket {
    const bucketName = assetBucket.name ?? `virtual-soc-${account}-${region}`;
    const statements = (bucket: IBucket) => [
      new PolicyStatement({
        sid: 'OverTlsOnly',
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: ['s3:*'],
        resources: [bucket.bucketArn, bucket.arnForObjects('*')],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      new PolicyStatement({
        sid: 'ReadByTheOrganization',
        principals: [new StarPrincipal()],
        actions: ['s3:GetObject'],
        resources: [bucket.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
      }),
    ];
    if (assetBucket.exists) {
      const bucket = Bucket.fromBucketName(this, 'Assets', bucketName);
      new BucketPolicy(this, 'AssetsPolicy', { bucket }).document.addStatements(...statements(bucket));
      Annotations.of(this).acknowledgeWarning(
        '@aws-cdk/aws-servicecatalog:assetsManuallyAddBucketPermissions',
        'the whole organisation may read it',
      );
      return bucket;
    }
    const bucket = new Bucket(this, 'Assets', {
      bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const statement of statements(bucket)) bucket.addToResourcePolicy(statement);
    return bucket;
  }
}
