import assert from 'node:assert/strict';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { unlimitedImportBudget } from '../../../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient, splitIntoCalls } from '../../../lambda/adapters/security-hub.ts';
import { type AsffFinding, withTimes } from '../../../lambda/core/asff-finding.ts';
import { MAX_IMPORT_BYTES } from '../../../lambda/core/asff-limits.ts';
import { type LocalSecurityHub, startSecurityHub } from '../../../local/security-hub/server.ts';
import { NOON, TARGET } from '../../support/enrichment.ts';

function finding(id: string, details = 'some'): AsffFinding {
  return withTimes(
    {
      SchemaVersion: '2018-10-08',
      Id: id,
      ProductArn: TARGET.productArn,
      ProductName: 'MITRE ATT&CK',
      CompanyName: 'Virtual-SOC',
      GeneratorId: 'virtual-soc/technique/T1110',
      AwsAccountId: TARGET.accountId,
      Title: 'T1110 Brute Force',
      Description: 'For this test.',
      Remediation: { Recommendation: { Text: 'Look.', Url: 'https://example.com' } },
      ProductFields: { 'mitre/technique': 'T1110' },
      Resources: [{ Type: 'Other', Id: 'resource', Details: { Other: { details } } }],
      RecordState: 'ACTIVE',
      FindingProviderFields: { Severity: { Label: 'LOW' }, Types: ['TTPs/Credential Access'] },
    },
    NOON,
    NOON,
  );
}

const many = (count: number, details = 'some') =>
  Array.from({ length: count }, (_, index) => finding(`f-${index}`, details));

describe('splitIntoCalls', () => {
  it('puts at most 100 findings in a call', () => {
    assert.deepEqual(
      splitIntoCalls(many(201)).map((call) => call.length),
      [100, 100, 1],
    );
  });

  it('puts at most 6 MB in a call, counted as the bytes that are sent', () => {
    const calls = splitIntoCalls(many(60, 'é'.repeat(70_000)));

    assert.ok(calls.length > 1);
    for (const call of calls) assert.ok(Buffer.byteLength(JSON.stringify({ Findings: call })) <= MAX_IMPORT_BYTES);
  });

  it('makes no call for nothing', () => {
    assert.deepEqual(splitIntoCalls([]), []);
  });
});

describe('findingImport', () => {
  let hub: LocalSecurityHub;
  const importer = () => findingImport(localSecurityHubClient(TARGET.region, hub.url), unlimitedImportBudget, 1);

  beforeEach(async () => {
    hub = await startSecurityHub({ account: TARGET.accountId, region: TARGET.region, quotas: false, now: () => NOON });
  });

  afterEach(() => hub.close());

  it('makes as many calls as hundreds of findings', async () => {
    const failures = await importer().importFindings(many(250));

    assert.deepEqual(failures, []);
    assert.equal(hub.calls()['BatchImportFindings'], 3);
    assert.equal(hub.findings().length, 250);
  });

  it('tries again the findings that failed, and only those', async () => {
    hub.setFaults({ partialFailure: 0.3, seed: 4 });

    const failures = await importer().importFindings(many(50));

    assert.ok((hub.calls()['BatchImportFindings'] ?? 0) > 1);
    assert.equal(hub.findings().length + failures.length, 50);
    assert.ok(failures.length < 5);
  });

  it('returns what no retry mends, at once', async () => {
    const bad = { ...finding('bad'), Title: 'x'.repeat(300) };

    const failures = await importer().importFindings([bad, finding('good')]);

    assert.deepEqual(
      failures.map(({ id }) => id),
      ['bad'],
    );
    assert.deepEqual(
      hub.findings().map(({ Id }) => Id),
      ['good'],
    );
    assert.equal(hub.calls()['BatchImportFindings'], 1);
  });

  it('takes a reply for certain only where it names every failure', async () => {
    const vague = [
      { FailedCount: 1, FailedFindings: [{ ErrorCode: 'InvalidInput', ErrorMessage: 'Wrong.' }] },
      { FailedCount: 1, FailedFindings: [{ Id: 'of-nobody', ErrorCode: 'InvalidInput', ErrorMessage: 'Wrong.' }] },
      { FailedCount: 1, FailedFindings: [] },
    ];

    for (const reply of vague) {
      const client = { send: () => Promise.resolve(reply) } as unknown as SecurityHubClient;
      const failures = await findingImport(client, unlimitedImportBudget, 1).importFindings(many(2));

      assert.deepEqual(
        failures.map(({ id }) => id),
        ['f-0', 'f-1'],
      );
    }
  });

  it('throws where the call as a whole is refused, such as for another account', async () => {
    const foreign = { ...finding('foreign'), AwsAccountId: '444455556666' };

    await assert.rejects(importer().importFindings([foreign]), { name: 'AccessDeniedException' });
  });

  it('outlasts throttling and server errors, before and after the import', async () => {
    hub.setFaults({ throttle: 0.3, serverErrorBefore: 0.1, serverErrorAfter: 0.2, seed: 7 });

    const failures = await importer().importFindings(many(300));

    assert.deepEqual(failures, []);
    assert.equal(hub.findings().length, 300);
  });
});
