import assert from 'node:assert/strict';
import { findingEvent } from '../../../local/security-hub/finding-event.ts';
import type { StoredFinding } from '../../../local/security-hub/finding.ts';
import { configFinding } from './hub-fixture.ts';

describe('findingEvent', () => {
  it('is the event that EventBridge delivers', () => {
    const finding = configFinding({ Id: 'f', ProductArn: 'arn:product' }) as StoredFinding;

    const event = findingEvent(finding, { account: '1', region: 'eu-west-1' }, 'uuid', '2025-03-01T10:00:00.999Z');

    assert.deepEqual(event, {
      version: '0',
      id: 'uuid',
      'detail-type': 'Security Hub Findings - Imported',
      source: 'aws.securityhub',
      account: '1',
      time: '2025-03-01T10:00:00Z',
      region: 'eu-west-1',
      resources: ['arn:product/f'],
      detail: { findings: [finding] },
    });
  });
});
