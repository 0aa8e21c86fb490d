import assert from 'node:assert/strict';
import { IAMClient } from '@aws-sdk/client-iam';
import { identityCenterRoles } from '../../../lambda/adapters/identity-center-roles.ts';
import { ServiceError, type ServiceStandIn, startServices } from '../../support/service-stand-in.ts';

const NAME = 'AWSReservedSSO_Security_0123456789abcdef';
const HUB = '111122223333';

describe('identityCenterRoles', () => {
  let services: ServiceStandIn;
  let iam: IAMClient;

  before(async () => {
    services = await startServices();
    iam = new IAMClient({ ...services.client, region: 'eu-west-1', maxAttempts: 1 });
  });
  after(() => {
    iam.destroy();
    return services.close();
  });
  beforeEach(() => {
    services.calls.length = 0;
  });

  const isOne = (accountId = HUB) => identityCenterRoles(iam, HUB)({ accountId, name: NAME });
  const at = (Path: string) => {
    services.answers = {
      'iam:GetRole': {
        Role: {
          RoleName: NAME,
          Path,
          Arn: `arn:aws:iam::${HUB}:role${Path}${NAME}`,
          RoleId: 'AROAEXAMPLE',
          CreateDate: '2026-01-01T00:00:00Z',
        },
      },
    };
  };

  it('goes by the path, with and without a Region', async () => {
    for (const path of ['/aws-reserved/sso.amazonaws.com/', '/aws-reserved/sso.amazonaws.com/eu-west-2/']) {
      at(path);
      assert.equal(await isOne(), true, path);
    }
  });

  it('does not go by the name', async () => {
    for (const path of ['/', '/aws-reserved/', '/x/aws-reserved/sso.amazonaws.com/']) {
      at(path);
      assert.equal(await isOne(), false, path);
    }
  });

  it('takes a role that does not exist, or that it may not look at, for none', async () => {
    for (const [name, status] of [
      ['NoSuchEntity', 404],
      ['AccessDenied', 403],
    ] as const) {
      services.answers = { 'iam:GetRole': new ServiceError(name, status) };
      assert.equal(await isOne(), false, name);
    }
  });

  it('throws where IAM does not answer', async () => {
    services.answers = { 'iam:GetRole': new ServiceError('ServiceFailure', 500) };

    await assert.rejects(isOne());
  });

  it('knows no roles of other accounts', async () => {
    at('/aws-reserved/sso.amazonaws.com/');

    assert.equal(await isOne('444455556666'), false);
    assert.deepEqual(services.calls, []);
  });
});
