import assert from 'node:assert/strict';
import { hubTarget } from '../../local/aws-hub.ts';

describe('hubTarget', () => {
  it('takes the partition from the ARN', () => {
    const { accountId, region, productArn } = hubTarget(
      'arn:aws-eusc:securityhub:eusc-de-east-1:111122223333:hub/default',
    );

    assert.deepEqual([accountId, region], ['111122223333', 'eusc-de-east-1']);
    assert.equal(productArn, 'arn:aws-eusc:securityhub:eusc-de-east-1:111122223333:product/111122223333/default');
  });

  it('refuses what is no ARN of a hub', () => {
    assert.throws(() => hubTarget(''), /its ARN is missing/);
  });
});
