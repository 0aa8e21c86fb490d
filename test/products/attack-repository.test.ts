import assert from 'node:assert/strict';
import { authoritiesOf } from '../../lambda/adapters/database-connection.ts';
import {
  type Resource,
  resourcesOf,
  statementsOf,
  synthesis,
  SYNTHESIS_TIMEOUT,
  type Template,
} from '../portfolio/synthesis.ts';

describe('the database of the product', () => {
  let template: Template;
  let instance: Resource;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
    const [[, found] = []] = resourcesOf(template, 'AWS::RDS::DBInstance');
    assert.ok(found);
    instance = found;
  });

  it('is encrypted, with its secret, by the key of the product', () => {
    const key = { 'Fn::GetAtt': ['CustomerKey844A1305', 'Arn'] };

    assert.equal(instance.Properties['StorageEncrypted'], true);
    assert.deepEqual(instance.Properties['KmsKeyId'], key);
    assert.deepEqual(instance.Properties['MasterUserSecret'], { KmsKeyId: key });
  });

  it('has a password that RDS makes and no template, default or environment holds', () => {
    assert.equal(instance.Properties['ManageMasterUserPassword'], true);
    assert.equal(instance.Properties['MasterUserPassword'], undefined);
    assert.doesNotMatch(JSON.stringify(template), /resolve:secretsmanager|postgresql:\/\/[^"@]*:/);
  });

  it('ends in a snapshot, and its key stays', () => {
    const [[, key] = []] = resourcesOf(template, 'AWS::KMS::Key');

    assert.deepEqual([instance.DeletionPolicy, instance.UpdateReplacePolicy], ['Snapshot', 'Snapshot']);
    assert.deepEqual([key?.DeletionPolicy, key?.UpdateReplacePolicy], ['Retain', 'Retain']);
  });

  it('is protected from deletion, and has a standby, as the parameters say', () => {
    assert.deepEqual(instance.Properties['DeletionProtection'], {
      'Fn::If': ['DeletionProtectionWanted', true, false],
    });
    assert.deepEqual(instance.Properties['MultiAZ'], { 'Fn::If': ['MultiAzWanted', true, false] });
  });

  it('takes connections over TLS only, and from the functions only', () => {
    const [[, parameters] = []] = resourcesOf(template, 'AWS::RDS::DBParameterGroup');
    const database = { 'Fn::GetAtt': ['NetworkAccessDatabase373F8905', 'GroupId'] };
    const admitted = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').filter(
      ([, { Properties }]) => JSON.stringify(Properties['GroupId']) === JSON.stringify(database),
    );

    assert.deepEqual((parameters?.Properties['Parameters'] as Record<string, string>)['rds.force_ssl'], '1');
    assert.equal(instance.Properties['PubliclyAccessible'], false);
    assert.deepEqual(instance.Properties['VPCSecurityGroups'], [database]);
    assert.deepEqual(
      admitted.map(([, { Properties }]) => [
        Properties['FromPort'],
        Properties['ToPort'],
        Properties['SourceSecurityGroupId'],
      ]),
      [[5432, 5432, { 'Fn::GetAtt': ['NetworkAccessFunctions408E8DC0', 'GroupId'] }]],
    );
  });

  it('names no minor version, so that an automatic upgrade is no drift', () => {
    assert.equal(instance.Properties['EngineVersion'], '17');
    assert.equal(instance.Properties['AutoMinorVersionUpgrade'], true);
  });

  it('gives its owner to the loader alone; the functions connect as a login of theirs', () => {
    const readers = statementsOf(template).filter(([, { Action }]) => Action === 'secretsmanager:GetSecretValue');
    const logins = statementsOf(template).filter(([, { Action }]) => Action === 'rds-db:connect');

    assert.deepEqual(
      readers.map(([id]) => id),
      ['RepositoryLoaderHandlerPermissions15C2885B'],
    );
    assert.equal(logins.length, 12);
    for (const [id, { Resource: resource }] of logins)
      assert.match(JSON.stringify(resource), /\/virtual_soc_function"/, id);
  });

  it('is not made in a Region whose certificates the functions do not have', () => {
    const asserted = JSON.stringify(template.Rules);
    const [, regions = ''] = /"Fn::Contains":\[(\[[^\]]*\]),\{"Ref":"AWS::Region"\}\]/.exec(asserted) ?? [];
    const known = JSON.parse(regions) as string[];

    assert.ok(known.includes('eu-west-1') && known.includes('us-east-1') && known.length > 20);
    for (const region of known) assert.equal(authoritiesOf(`db.x.${region}.rds.amazonaws.com`).length, 3, region);
  });
});
