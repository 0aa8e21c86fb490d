import { Annotations, CfnParameter, type Environment, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Effect,
  type IRole,
  ManagedPolicy,
  PermissionsBoundary,
  PolicyStatement,
  Role,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
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
  CfnPortfolioShare,
  CloudFormationProduct,
  CloudFormationTemplate,
  Portfolio,
  TagOptions,
} from 'aws-cdk-lib/aws-servicecatalog';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { VirtualSocProduct } from '../products/virtual-soc-product.ts';
import { assetBucketName, type Configuration, isOneAccount } from './configuration.ts';
import { findImpossibleAnswers, narrowAnswers, type Questions } from './form-rules.ts';
import { serviceCatalog } from './launch-role.ts';
import { OrganizationShare } from './organization-share.ts';
import { boundaryArn, boundaryName } from './permissions-boundary.ts';
import { offeredBeside, readReleasedVersions, ReleasedTemplate } from './released-versions.ts';

export interface VirtualSocPortfolioProps {
  readonly env: Environment;
  readonly configuration: Configuration;
  /** Version of the product, as its users see it. */
  readonly version: string;
}

/** What the governance account publishes: the product, how it is launched, and who may see it. */
export class VirtualSocPortfolio extends Stack {
  /** The current version of the product. */
  readonly product: VirtualSocProduct;
  readonly portfolioId: string;

  constructor(scope: Construct, id: string, props: VirtualSocPortfolioProps) {
    super(scope, id, {
      env: props.env,
      description: 'Virtual SOC: Service Catalog portfolio',
      analyticsReporting: false,
    });
    const { configuration, version } = props;
    const { portfolio: published, hub, organization } = configuration;

    const assetBucket = this.assetBucket(configuration, organization.id);
    const { documentation } = published;
    this.product = new VirtualSocProduct(this, 'VirtualSocProduct', {
      assetBucket,
      ...(documentation === undefined ? {} : { documentation }),
    });
    PermissionsBoundary.of(this.product).apply(
      ManagedPolicy.fromManagedPolicyArn(this.product, 'Boundary', boundaryArn(hub.launchRole)),
    );
    const product = this.offer(configuration, version);
    // A version that can be launched before its code is there fails in the middle.
    product.node.addDependency(assetBucket);

    const portfolio = new Portfolio(this, 'Portfolio', {
      displayName: published.name,
      providerName: published.provider,
      description: 'The ATT&CK layer for AWS Security Hub',
    });
    this.portfolioId = portfolio.portfolioId;
    portfolio.addProduct(product);
    portfolio.setLocalLaunchRole(product, this.launchRole(configuration), {
      description: 'Launched with a role of the account it is launched in',
    });
    this.constrain(portfolio, product, published.constraints);
    if (Object.keys(published.tagOptions).length > 0) {
      const tagOptions = new TagOptions(this, 'TagOptions', { allowedValuesForTags: published.tagOptions });
      portfolio.associateTagOptions(tagOptions);
    }
    const launchers = hub.launchers.map(
      (launcher) =>
        new CfnPortfolioPrincipalAssociation(this, `Launcher-${launcher}`, {
          portfolioId: portfolio.portfolioId,
          principalArn: `arn:${this.partition}:iam:::role/${launcher}`,
          principalType: 'IAM_PATTERN',
        }),
    );
    // Whoever sees it finds a product that can be launched, and only as it is meant to be.
    this.share(portfolio, hub)?.node.addDependency(portfolio, product, ...launchers);
  }

  /** The product, in the current version and in those that were released before it. */
  private offer(configuration: Configuration, version: string): CloudFormationProduct {
    const { portfolio: published, hub, versions } = configuration;
    const released = versions === undefined ? [] : readReleasedVersions(versions.directory);
    const older = offeredBeside(version, released, {
      bucketName: assetBucketName(configuration),
      boundary: boundaryName(hub.launchRole),
    });
    return new CloudFormationProduct(this, 'Product', {
      productName: 'Virtual SOC',
      description: 'MITRE ATT&CK techniques and tactics of the findings in Security Hub',
      owner: published.provider,
      ...(published.supportEmail === undefined ? {} : { supportEmail: published.supportEmail }),
      productVersions: [
        ...older.map((one) => ({
          productVersionName: one.version,
          cloudFormationTemplate: new ReleasedTemplate(one),
        })),
        {
          productVersionName: version,
          cloudFormationTemplate: CloudFormationTemplate.fromProductStack(this.product),
        },
      ],
    });
  }

  /**
   * The role that the launch constraint names. It has to be in this account too, where nothing is launched with it unless
   * this is the hub account: then it is that of the launch role's own stack, and otherwise one that may do nothing.
   *
   * Source: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
   */
  private launchRole(configuration: Configuration): IRole {
    const { launchRole: roleName } = configuration.hub;
    if (isOneAccount(configuration)) return Role.fromRoleName(this, 'LaunchRole', roleName);
    return new Role(this, 'LaunchRole', {
      roleName,
      description: 'Virtual SOC: named by the launch constraint; may do nothing in this account',
      assumedBy: serviceCatalog(),
    });
  }

  private constrain(
    portfolio: Portfolio,
    product: CloudFormationProduct,
    { answers, notificationTopic, tagUpdates }: Configuration['portfolio']['constraints'],
  ): void {
    const questions = Object.fromEntries(
      this.product.node.children
        .filter((child) => child instanceof CfnParameter)
        .map((parameter) => [
          String(this.product.resolve(parameter.logicalId)),
          { AllowedValues: parameter.allowedValues },
        ]),
    ) as Questions;
    const impossible = findImpossibleAnswers(answers, questions);
    if (impossible.length > 0) throw new Error(`portfolio.constraints.answers: ${impossible.join('; ')}`);
    narrowAnswers(portfolio, product, answers);
    if (notificationTopic !== undefined) {
      portfolio.notifyOnStackEvents(product, Topic.fromTopicArn(this, 'NotificationTopic', notificationTopic));
    }
    if (tagUpdates !== undefined) portfolio.constrainTagUpdates(product, { allow: tagUpdates });
  }

  private share(portfolio: Portfolio, hub: Configuration['hub']): Construct | undefined {
    switch (hub.share) {
      case 'none':
        return undefined;
      case 'account':
        // The organisation may read the asset bucket anyway, so that the account needs no right of its own.
        return new CfnPortfolioShare(this, 'AccountShare', {
          portfolioId: portfolio.portfolioId,
          accountId: hub.account,
          shareTagOptions: true,
        });
      case 'organization-node':
        return new OrganizationShare(this, 'OrganizationShare', { portfolio, hub });
    }
  }

  /**
   * The bucket that launches read the code of the functions from. Its old files are never removed, since released versions
   * name them, and it stays when the portfolio goes, since products launched from it do.
   */
  private assetBucket(configuration: Configuration, organizationId: string): IBucket {
    const bucketName = assetBucketName(configuration);
    const { assetBucket } = configuration.portfolio;
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
