import assert from 'node:assert/strict';
import { parseInput } from '../../local/input-file.ts';
import { inputHub } from '../../local/input-hub.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

const hubOf = (values: readonly unknown[], options = {}) => {
  const { accountId, region } = inputHub(parseInput(JSON.stringify(values), 'the file'), options);
  return [accountId, region];
};

describe('inputHub', () => {
  it('is the account and Region that most of the input belongs to', () => {
    const other = configFinding({ AwsAccountId: '777788889999', Region: 'us-gov-east-1' });

    assert.deepEqual(hubOf([other, configFinding(), configFinding()]), ['444455556666', 'eu-west-1']);
  });

  it('prefers what the envelope says, where that can be', () => {
    const event = findingEvent(configFinding());

    assert.deepEqual(hubOf([event]), ['111122223333', 'eu-west-1']);
    assert.deepEqual(hubOf([{ ...event, account: '123', region: 'mars' }]), ['444455556666', 'eu-west-1']);
  });

  it('takes no account and no Region from the input that cannot be one', () => {
    const odd = configFinding({ AwsAccountId: '123', Region: 'mars' });

    assert.deepEqual(hubOf([odd, odd, configFinding()]), ['444455556666', 'eu-west-1']);
    assert.deepEqual(hubOf([odd]), ['111122223333', 'us-east-1']);
    assert.deepEqual(hubOf([]), ['111122223333', 'us-east-1']);
  });

  it('is what the user names', () => {
    const named = { account: '777788889999', region: 'ap-southeast-2' };

    assert.deepEqual(hubOf([configFinding()], named), ['777788889999', 'ap-southeast-2']);
  });
});
