import assert from 'node:assert/strict';
import { type Configuration, readConfiguration } from '../../portfolio/configuration.ts';
import {
  EXAMPLE,
  type Resource,
  resourcesOf,
  statementsOf,
  synthesise,
  synthesis,
  SYNTHESIS_TIMEOUT,
  type Template,
} from './synthesis.ts';

type Change = (configuration: Configuration) => Configuration;

describe('the portfolio', () => {
  let template: Template;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().portfolio;
  });

  it('offers the product in the current version', () => {
    const { ProvisioningArtifactParameters } = the('AWS::ServiceCatalog::CloudFormationProduct').Properties;

    assert.deepEqual(
      (ProvisioningArtifactParameters as { Name: string }[]).map(({ Name }) => Name),
      ['0.1.0'],
    );
    assert.equal(resourcesOf(template, 'AWS::ServiceCatalog::PortfolioProductAssociation').length, 1);
  });

  it('offers a version only once the code of its functions can be read', () => {
    const { DependsOn = [] } = the('AWS::ServiceCatalog::CloudFormationProduct');
    const types = DependsOn.map((id) => template.Resources[id]?.Type);

    assert.ok(types.includes('Custom::CDKBucketDeployment'));
    assert.ok(types.includes('AWS::S3::BucketPolicy'));
  });

  it('is launched with a role by its name, of the account it is launched in', () => {
    const { LocalRoleName, RoleArn } = the('AWS::ServiceCatalog::LaunchRoleConstraint').Properties;
    const role = template.Resources[(LocalRoleName as { Ref: string }).Ref];

    assert.deepEqual([role?.Properties['RoleName'], RoleArn], ['virtual-soc-launch', undefined]);
  });

  it('has a role of that name in the governance account too, which may do nothing', () => {
    const [[, role] = []] = resourcesOf(template, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties['RoleName'] === 'virtual-soc-launch',
    );
    const { AssumeRolePolicyDocument, Description, RoleName, ...rights } = role?.Properties ?? {};

    assert.ok(AssumeRolePolicyDocument && Description && RoleName);
    assert.deepEqual(rights, {});
    assert.ok(!JSON.stringify(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).includes('"LaunchRole'));
  });

  it('is shared through the organisation with the hub account, tag options included', () => {
    const { ServiceToken, PortfolioId, ...share } = the('Custom::VirtualSocPortfolioShare').Properties;

    assert.ok(ServiceToken && PortfolioId);
    assert.deepEqual(share, {
      NodeType: 'ACCOUNT',
      NodeValue: '444455556666',
      OwnAccount: '111122223333',
      ShareTagOptions: true,
      SharePrincipals: false,
    });
    assert.deepEqual([the('AWS::ServiceCatalog::TagOption').Properties['Key']], ['CostCenter']);
  });

  it('is shared only once the product, its constraints, tag options and launchers are there', () => {
    const { DependsOn = [] } = the('Custom::VirtualSocPortfolioShare');
    const types = new Set(DependsOn.map((id) => template.Resources[id]?.Type));

    for (const type of [
      'AWS::ServiceCatalog::CloudFormationProduct',
      'AWS::ServiceCatalog::LaunchRoleConstraint',
      'AWS::ServiceCatalog::LaunchTemplateConstraint',
      'AWS::ServiceCatalog::PortfolioPrincipalAssociation',
      'AWS::ServiceCatalog::PortfolioProductAssociation',
      'AWS::ServiceCatalog::ResourceUpdateConstraint',
      'AWS::ServiceCatalog::TagOptionAssociation',
    ]) {
      assert.ok(types.has(type), type);
    }
  });

  it('lets the function that shares it share this portfolio only', () => {
    const statements = statementsOf(template).filter(([, { Action }]) =>
      JSON.stringify(Action).includes('PortfolioShare'),
    );
    const [[, shares] = [], [, status] = []] = statements;

    assert.equal(statements.length, 2);
    assert.match(JSON.stringify(shares?.Resource), /"Ref":"Portfolio[0-9A-F]{8}"/);
    assert.deepEqual(
      [status?.Action, status?.Condition],
      [
        'servicecatalog:DescribePortfolioShareStatus',
        { StringEquals: { 'aws:RequestedRegion': { Ref: 'AWS::Region' } } },
      ],
    );
  });

  it('narrows the answers that may be given', () => {
    const { Rules } = the('AWS::ServiceCatalog::LaunchTemplateConstraint').Properties;

    assert.deepEqual(JSON.parse(Rules as string), {
      AllowedDatabaseClass: {
        Assertions: [
          {
            Assert: { 'Fn::Contains': [['db.t4g.small', 'db.t4g.medium', 'db.t4g.large'], { Ref: 'DatabaseClass' }] },
            AssertDescription: 'DatabaseClass has to be one of: db.t4g.small, db.t4g.medium, db.t4g.large',
          },
        ],
      },
    });
  });

  it('says whether tags of what was launched may be changed', () => {
    const { TagUpdateOnProvisionedProduct } = the('AWS::ServiceCatalog::ResourceUpdateConstraint').Properties;

    assert.equal(TagUpdateOnProvisionedProduct, 'ALLOWED');
  });

  it('may be launched by the roles that the configuration names', () => {
    const { PrincipalARN, PrincipalType } = the('AWS::ServiceCatalog::PortfolioPrincipalAssociation').Properties;

    assert.deepEqual([PrincipalARN, PrincipalType], ['arn:aws:iam:::role/SecurityOperations', 'IAM_PATTERN']);
  });

  it('keeps the asset bucket, under a fixed name, with all that was ever put into it', () => {
    const { Properties, DeletionPolicy } = the('AWS::S3::Bucket');
    const { Prune, RetainOnDelete } = the('Custom::CDKBucketDeployment').Properties;

    assert.deepEqual([Properties['BucketName'], DeletionPolicy], ['virtual-soc-111122223333-eu-west-1', 'Retain']);
    assert.deepEqual([Prune, RetainOnDelete], [false, true]);
  });

  it('lets the organisation read the asset bucket, and nobody else', () => {
    const open = statementsOf(template).filter(([, { Effect, Principal }]) => Effect === 'Allow' && Principal === '*');

    assert.deepEqual(
      open.map(([, { Action, Condition }]) => [Action, Condition]),
      [['s3:GetObject', { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorgid' } }]],
    );
  });

  function the(type: string): Resource {
    const [[, found] = [], ...others] = resourcesOf(template, type);
    assert.ok(found && others.length === 0, `not one ${type}`);
    return found;
  }
});

describe('the portfolio of another configuration', () => {
  const example = readConfiguration(EXAMPLE);
  const portfolioOf = (change: Change) => synthesise(change(example), { 'aws:cdk:bundling-stacks': [] });
  const withHub = (hub: Partial<Configuration['hub']>): Change => {
    return (configuration) => ({ ...configuration, hub: { ...configuration.hub, ...hub } });
  };
  const withConstraints = (constraints: Configuration['portfolio']['constraints']): Change => {
    return (configuration) => ({ ...configuration, portfolio: { ...configuration.portfolio, constraints } });
  };
  const propertiesOf = ({ portfolio }: { readonly portfolio: Template }, type: string) =>
    resourcesOf(portfolio, type).map(([, { Properties }]) => Properties);

  it('is shared with an account that has to accept it, without a right to the asset bucket of its own', () => {
    const synthesised = portfolioOf(withHub({ share: 'account' }));

    const [share] = propertiesOf(synthesised, 'AWS::ServiceCatalog::PortfolioShare');
    assert.deepEqual([share?.['AccountId'], share?.['ShareTagOptions']], ['444455556666', true]);
    assert.deepEqual(propertiesOf(synthesised, 'Custom::VirtualSocPortfolioShare'), []);
    assert.ok(!JSON.stringify(propertiesOf(synthesised, 'AWS::S3::BucketPolicy')).includes('444455556666'));
    const [[, { DependsOn = [] } = {}] = []] = resourcesOf(
      synthesised.portfolio,
      'AWS::ServiceCatalog::PortfolioShare',
    );
    assert.ok(DependsOn.some((id) => synthesised.portfolio.Resources[id]?.Type.endsWith('::LaunchRoleConstraint')));
  });

  for (const [node, type] of [
    ['ou-exmp-secops01', 'ORGANIZATIONAL_UNIT'],
    ['o-exampleorgid', 'ORGANIZATION'],
  ] as const) {
    it(`is shared with the node ${node}, those who may launch included`, () => {
      const [share] = propertiesOf(portfolioOf(withHub({ node })), 'Custom::VirtualSocPortfolioShare');

      assert.deepEqual([share?.['NodeType'], share?.['NodeValue'], share?.['SharePrincipals']], [type, node, true]);
    });
  }

  it('is shared with whom Organizations names, and the launch role fits any account', () => {
    const synthesised = portfolioOf(({ rollout: _, ...others }) => withHub({ account: 'discover' })(others));

    const [share] = propertiesOf(synthesised, 'Custom::VirtualSocPortfolioShare');
    assert.equal(share?.['NodeValue'], 'discover');
    assert.ok(JSON.stringify(synthesised.portfolio).includes('organizations:ListDelegatedAdministrators'));
    assert.doesNotMatch(JSON.stringify(synthesised.launchRole), /\b444455556666\b/);
  });

  it('shares with nobody where governance and hub are one account, whose launch role is the one of its stack', () => {
    const synthesised = portfolioOf(withHub({ account: '111122223333', share: 'none' }));

    const types = Object.values(synthesised.portfolio.Resources).map(({ Type }) => Type);
    assert.ok(!types.some((type) => /PortfolioShare$/.test(type)));
    const [constraint] = propertiesOf(synthesised, 'AWS::ServiceCatalog::LaunchRoleConstraint');
    assert.equal(constraint?.['LocalRoleName'], 'virtual-soc-launch');
  });

  it('tells a topic of the events of what is launched, which the launch role may', () => {
    const notificationTopic = 'arn:aws:sns:eu-west-1:111122223333:product-launches';
    const synthesised = portfolioOf(withConstraints({ answers: {}, notificationTopic }));

    const [constraint] = propertiesOf(synthesised, 'AWS::ServiceCatalog::LaunchNotificationConstraint');
    assert.deepEqual(constraint?.['NotificationArns'], [notificationTopic]);
    const [[, publish] = []] = statementsOf(synthesised.launchRole).filter(
      ([, { Sid }]) => Sid === 'NotificationTopic',
    );
    assert.equal(publish?.Resource, notificationTopic);
    assert.deepEqual(propertiesOf(synthesised, 'AWS::ServiceCatalog::ResourceUpdateConstraint'), []);
  });

  it('has alarms that name the file, where nobody says where it can be read', () => {
    const { product } = portfolioOf(({ portfolio: { documentation, ...others }, ...configuration }) => {
      assert.ok(documentation);
      return { ...configuration, portfolio: others };
    });

    for (const [id, { Properties }] of resourcesOf(product, 'AWS::CloudWatch::Alarm')) {
      assert.match(Properties['AlarmDescription'] as string, /What to do: docs\/runbook\.md#[a-z-]+$/, id);
    }
    assert.equal((product.Outputs['Runbook'] as { Value: unknown }).Value, 'docs/runbook.md');
  });

  it('refuses to narrow what the product does not ask or would not take', () => {
    assert.throws(
      () => portfolioOf(withConstraints({ answers: { DatabaseColour: ['red'], DatabaseClass: ['db.t3.micro'] } })),
      /DatabaseColour: the product asks no such question[^]*DatabaseClass: db\.t3\.micro is none of db\.t4g\.small/,
    );
  });
}).timeout(SYNTHESIS_TIMEOUT);
