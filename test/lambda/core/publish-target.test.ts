import assert from 'node:assert/strict';
import {
  HUB,
  claimedPlace,
  ownerPlace,
  regionPatterns,
  retarget,
  targetOf,
} from '../../../lambda/core/publish-target.ts';
import { findingsLink, securityHubTarget } from '../../../lambda/core/security-hub-target.ts';
import type { FindingContent } from '../../../lambda/core/asff-finding.ts';

const hub = securityHubTarget('111122223333', 'eu-west-1');

describe('ownerPlace', () => {
  it('is the account and Region that own the source', () => {
    assert.equal(ownerPlace({ accountId: '444455556666', region: 'us-east-1' }, hub), '444455556666/us-east-1');
  });

  it('is another Region of the hub’s own account too', () => {
    assert.equal(ownerPlace({ accountId: '111122223333', region: 'us-east-1' }, hub), '111122223333/us-east-1');
  });

  for (const [what, accountId, region] of [
    ['is the hub', '111122223333', 'eu-west-1'],
    ['is in another partition', '444455556666', 'us-gov-west-1'],
    ['is in China', '444455556666', 'cn-north-1'],
    ['names no Region', '444455556666', ''],
    ['names something else for a Region', '444455556666', 'eu-west-1/../x'],
    ['names no account', 'root', 'eu-west-1'],
  ] as const) {
    it(`is none where the source ${what}`, () => {
      assert.equal(ownerPlace({ accountId, region }, hub), undefined);
    });
  }

  it('agrees with the patterns for a query, in each partition', () => {
    const regions = ['eu-west-1', 'ap-southeast-3', 'us-gov-east-1', 'cn-northwest-1', 'global', '', 'EU-WEST-1'];
    for (const home of ['eu-west-1', 'us-gov-west-1', 'cn-north-1']) {
      const patterns = regionPatterns({ region: home }).map((pattern) => new RegExp(pattern));
      for (const region of regions) {
        const place = ownerPlace({ accountId: '444455556666', region }, securityHubTarget('111122223333', home));
        assert.equal(
          place !== undefined,
          patterns.every((pattern) => pattern.test(region)),
          `${home} ${region}`,
        );
      }
    }
  });
});

describe('claimedPlace', () => {
  it('is the hub under its product, and an owner under its own default product', () => {
    const beta = targetOf('777788889999/us-east-1', hub);

    assert.equal(claimedPlace(hub.accountId, hub.productArn, hub), HUB);
    assert.equal(claimedPlace(beta.accountId, beta.productArn, hub), '777788889999/us-east-1');
  });

  it('is none where account and product do not belong together', () => {
    const beta = targetOf('777788889999/us-east-1', hub);

    assert.equal(claimedPlace('444455556666', beta.productArn, hub), undefined);
    assert.equal(claimedPlace(beta.accountId, 'arn:aws:securityhub:us-east-1::product/acme/tool', hub), undefined);
    assert.equal(claimedPlace(beta.accountId, hub.productArn, hub), undefined);
    assert.equal(claimedPlace(beta.accountId, '', hub), undefined);
  });
});

describe('retarget', () => {
  it('changes account, product and the link’s console, and nothing else', () => {
    const content = {
      Id: 'id',
      ProductArn: hub.productArn,
      AwsAccountId: hub.accountId,
      Remediation: { Recommendation: { Text: 'Look.', Url: findingsLink(hub, [['Id', 'EQUALS', 'a#b']]) } },
    } as unknown as FindingContent;
    const owner = targetOf('444455556666/us-east-1', hub);

    const moved = retarget(content, owner);

    assert.deepEqual(moved, {
      Id: 'id',
      ProductArn: 'arn:aws:securityhub:us-east-1:444455556666:product/444455556666/default',
      AwsAccountId: '444455556666',
      Remediation: { Recommendation: { Text: 'Look.', Url: findingsLink(owner, [['Id', 'EQUALS', 'a#b']]) } },
    });
    assert.deepEqual(retarget(moved, hub), content);
  });
});
