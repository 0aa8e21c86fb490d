import assert from 'node:assert/strict';
import { type Resource, resourcesOf, statementsOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from './synthesis.ts';

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

    assert.deepEqual([LocalRoleName, RoleArn], ['virtual-soc-launch', undefined]);
  });

  it('is shared with the hub account, tag options included', () => {
    const { AccountId, ShareTagOptions } = the('AWS::ServiceCatalog::PortfolioShare').Properties;

    assert.deepEqual([AccountId, ShareTagOptions], ['444455556666', true]);
    assert.deepEqual([the('AWS::ServiceCatalog::TagOption').Properties['Key']], ['CostCenter']);
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
