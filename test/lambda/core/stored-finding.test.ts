import assert from 'node:assert/strict';
import { readStoredFinding } from '../../../lambda/core/stored-finding.ts';
import { configFinding } from '../../support/source-findings.ts';

const ocsf = {
  class_uid: 2004,
  metadata: { product: { uid: 'arn:aws:securityhub:eu-west-1::productv2/aws/guardduty' } },
  cloud: { account: { uid: '444455556666' } },
  finding_info: { uid: 'threat', title: 'A threat', modified_time: 1793527200000 },
  resources: [{ uid: 'i-1', type: 'AWS::EC2::Instance' }],
};

describe('readStoredFinding', () => {
  it('reads both formats', () => {
    const ids = [configFinding({ Id: 'check' }), ocsf].map((kept) => readStoredFinding(JSON.stringify(kept)).id);

    assert.deepEqual(ids, ['check', 'threat']);
  });

  it('reads ASFF that happens to have a field of OCSF', () => {
    const kept = JSON.stringify(configFinding({ Id: 'check', class_uid: 1 }));

    assert.equal(readStoredFinding(kept).id, 'check');
  });

  it('throws for what is neither, without a word of what it holds', () => {
    const kept = JSON.stringify({ Title: 'top secret' });

    assert.throws(() => readStoredFinding(kept), { message: 'a kept source finding cannot be read' });
  });
});
