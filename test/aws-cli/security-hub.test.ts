import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsSecurityFinding, BatchUpdateFindingsResponse, GetFindingsResponse } from '@aws-sdk/client-securityhub';
import { startSecurityHub, type LocalSecurityHub } from '../../local/security-hub/server.ts';
import { ACCOUNT, customFinding, PRODUCT_ARN, REGION } from '../local/security-hub/hub-fixture.ts';

/** Debian's AWS CLI: the client that users have. */
const AWS_CLI = '/usr/bin/aws';

interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('AWS CLI', function () {
  // The CLI is a Python program that takes a second to start.
  this.timeout(60_000);
  this.slow(10_000);
  let folder: string;
  let hub: LocalSecurityHub;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'virtual-soc-cli-'));
    hub = await startSecurityHub({ account: ACCOUNT, region: REGION });
  });

  afterEach(async () => {
    await hub.close();
    await rm(folder, { recursive: true });
  });

  function aws(...args: readonly string[]): Promise<CliResult> {
    // Nothing of the developer's own AWS set-up may take part.
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    };
    const child = spawn(AWS_CLI, ['securityhub', ...args, '--endpoint-url', hub.url, '--output', 'json'], { env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.on('error', (cause) => {
        reject(
          new Error(`Cannot run ${AWS_CLI}: install the Debian package awscli (apt-get install awscli).`, { cause }),
        );
      });
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** What a command that succeeds prints. */
  async function output<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await aws(...args);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  async function importFile(findings: readonly AwsSecurityFinding[]): Promise<CliResult> {
    const file = join(folder, 'findings.json');
    await writeFile(file, JSON.stringify(findings));
    return aws('batch-import-findings', '--findings', `file://${file}`);
  }

  it('imports findings, and gets them with filters and paging', async () => {
    const findings = Array.from({ length: 25 }, (_, index) =>
      customFinding({ Id: `finding-${index}`, RecordState: index < 5 ? 'ARCHIVED' : 'ACTIVE' }),
    );

    const imported = await importFile(findings);
    const filters = '{"RecordState":[{"Comparison":"EQUALS","Value":"ACTIVE"}]}';
    const active = await output<GetFindingsResponse>('get-findings', '--filters', filters, '--page-size', '7');

    assert.equal(imported.code, 0, imported.stderr);
    assert.deepEqual(JSON.parse(imported.stdout), { FailedCount: 0, SuccessCount: 25, FailedFindings: [] });
    // Older versions of the CLI do not know ProcessedAt and leave it out.
    const withoutProcessedAt = (findings: readonly AwsSecurityFinding[] = []) =>
      findings.map((finding) => ({ ...finding, ProcessedAt: undefined }));
    assert.deepEqual(
      withoutProcessedAt(active.Findings),
      withoutProcessedAt(hub.findings().filter(({ RecordState }) => RecordState === 'ACTIVE')),
    );
    assert.equal(hub.calls().GetFindings, 3);
  });

  it('updates findings', async () => {
    await importFile([customFinding()]);

    const result = await output<BatchUpdateFindingsResponse>(
      'batch-update-findings',
      '--finding-identifiers',
      `Id=finding-1,ProductArn=${PRODUCT_ARN}`,
      `Id=missing,ProductArn=${PRODUCT_ARN}`,
      '--workflow',
      'Status=SUPPRESSED',
      '--note',
      'Text=accepted,UpdatedBy=analyst',
    );

    assert.deepEqual(result.ProcessedFindings, [{ Id: 'finding-1', ProductArn: PRODUCT_ARN }]);
    assert.equal(result.UnprocessedFindings?.[0]?.ErrorCode, 'FindingNotFound');
    assert.equal(hub.findings()[0]?.Workflow.Status, 'SUPPRESSED');
    assert.equal(hub.findings()[0]?.Note?.Text, 'accepted');
  });

  it('is refused what is over the limits', async () => {
    const tooMany = await importFile(
      Array.from({ length: 101 }, (_, index) => customFinding({ Id: `finding-${index}` })),
    );
    const tooLong = await importFile([customFinding({ Description: 'd'.repeat(1025) })]);

    assert.notEqual(tooMany.code, 0);
    assert.match(tooMany.stderr, /\(InvalidInputException\).*BatchImportFindings.*more than 100 items/s);
    assert.match(tooLong.stdout, /data\.Description should NOT be longer than 1024 characters/);
    assert.deepEqual(hub.findings(), []);
  });

  it('describes the hub', async () => {
    const description = await output<{ readonly HubArn: string }>('describe-hub');

    assert.equal(description.HubArn, `arn:aws:securityhub:${REGION}:${ACCOUNT}:hub/default`);
  });
});
