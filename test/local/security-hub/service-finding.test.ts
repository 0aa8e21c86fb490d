import assert from 'node:assert/strict';
import type { AwsSecurityFinding } from '@aws-sdk/client-securityhub';
import type { FindingRecord } from '../../../local/security-hub/finding.ts';
import type { ImportContext } from '../../../local/security-hub/import-finding.ts';
import { receiveFinding, requireServiceFinding } from '../../../local/security-hub/service-finding.ts';
import { updateFinding } from '../../../local/security-hub/update-finding.ts';
import { configFinding, MEMBER, REGION } from './hub-fixture.ts';

const AT = '2025-03-01T12:00:00.000Z';
const CONTEXT: ImportContext = { now: Date.parse(AT), processedAt: AT, region: REGION };

function received(existing: FindingRecord | undefined, changes: Partial<AwsSecurityFinding>): FindingRecord {
  const record = receiveFinding(existing, configFinding(changes), CONTEXT);
  assert.ok(record !== undefined);
  return record;
}

describe('receiveFinding', () => {
  it("stores a member account's finding as Security Hub shows it", () => {
    const { finding } = received(undefined, {});

    assert.equal(finding.AwsAccountId, MEMBER);
    assert.equal(finding.ProductName, 'Config');
    assert.equal(finding.Region, REGION);
    assert.equal(finding.ProductFields['aws/config/ConfigRuleName'], 's3-bucket-versioning-enabled');
    assert.equal(finding.ProductFields['aws/securityhub/FindingId'], `${finding.ProductArn}/${finding.Id}`);
    assert.deepEqual(finding.FindingProviderFields, {
      Severity: { Label: 'MEDIUM' },
      Types: ['Software and Configuration Checks'],
    });
    assert.equal(finding.Workflow.Status, 'NEW');
  });

  it('keeps the Region of a finding from a linked Region', () => {
    assert.equal(received(undefined, { Region: 'eu-south-2' }).finding.Region, 'eu-south-2');
  });

  it('resolves a passed rule and reopens it when it fails again', () => {
    const passed = received(undefined, { Compliance: { Status: 'PASSED' } });
    const failed = received(passed, { UpdatedAt: '2025-03-01T10:00:00.000Z' });

    assert.equal(passed.finding.Workflow.Status, 'RESOLVED');
    assert.equal(failed.finding.Workflow.Status, 'NEW');
  });

  it('leaves a suppressed finding suppressed when it passes', () => {
    const suppressed = updateFinding(received(undefined, {}), { Workflow: { Status: 'SUPPRESSED' } }, CONTEXT.now, AT);

    const passed = received(suppressed, { UpdatedAt: '2025-03-01T10:00:00.000Z', Compliance: { Status: 'PASSED' } });

    assert.equal(passed.finding.Workflow.Status, 'SUPPRESSED');
  });

  it('ignores what is not newer', () => {
    const record = received(undefined, {});

    assert.equal(receiveFinding(record, configFinding(), CONTEXT), undefined);
  });

  it("does not touch the caller's finding", () => {
    const finding = configFinding();

    receiveFinding(undefined, finding, CONTEXT);

    assert.deepEqual(finding, configFinding());
  });
});

describe('requireServiceFinding', () => {
  it('names what is missing or unreadable', () => {
    assert.throws(() => requireServiceFinding({}), /needs Id as text/);
    assert.throws(() => requireServiceFinding(configFinding({ UpdatedAt: 'yesterday' })), /UpdatedAt is no timestamp/);
    assert.throws(() => requireServiceFinding(configFinding({ Resources: undefined })), /needs a list of Resources/);
  });
});
