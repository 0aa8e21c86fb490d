import assert from 'node:assert/strict';
import { readSettings } from '../../../lambda/adapters/settings.ts';

const ENVIRONMENT = { HUB_ACCOUNT_ID: '111122223333', HUB_REGION: 'eu-west-1', DATABASE_URL: 'postgresql://host/db' };

describe('readSettings', () => {
  it('publishes to the hub by default', () => {
    const { publishTo, memberRoleName } = readSettings(ENVIRONMENT);

    assert.deepEqual([publishTo, memberRoleName], ['hub', 'virtual-soc-publish']);
  });

  it('takes owner and another role', () => {
    const { publishTo, memberRoleName } = readSettings({
      ...ENVIRONMENT,
      PUBLISH_TO: 'owner',
      MEMBER_ROLE_NAME: 'soc',
    });

    assert.deepEqual([publishTo, memberRoleName], ['owner', 'soc']);
  });

  it('refuses any other word, and a role with a path, without showing either', () => {
    const wrong = { ...ENVIRONMENT, PUBLISH_TO: 'both', MEMBER_ROLE_NAME: 'arn:aws:iam::1:role/a/b' };

    assert.throws(() => readSettings(wrong), /PUBLISH_TO: .*; MEMBER_ROLE_NAME: must be the name of a role/);
    assert.throws(
      () => readSettings(wrong),
      (error: Error) => !error.message.includes('arn:'),
    );
  });
});
