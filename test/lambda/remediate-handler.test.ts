import assert from 'node:assert/strict';
import { sqsEvent } from '../../local/event-queue.ts';
import { remediateHandler } from '../../lambda/remediate-handler.ts';
import { MEMBER, type RemediationBench, message, startRemediation } from '../support/remediation.ts';
import { ServiceError } from '../support/service-stand-in.ts';

const TABLE = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;
const CONFIGURATION = { assignments: [{ actions: ['dynamodb-deletion-protection'], mode: 'automatic' }] };

describe('remediateHandler', () => {
  let bench: RemediationBench;
  let metrics: Record<string, number>;
  let logged: string;
  let told: string[];
  let breaks: boolean;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(async () => {
    await bench.reset();
    metrics = {};
    logged = '';
    told = [];
    breaks = false;
    bench.services.answers = {
      'dynamodb:DescribeTable': { Table: { TableStatus: 'ACTIVE', DeletionProtectionEnabled: false } },
      'dynamodb:UpdateTable': {},
    };
  });

  const handle = (
    bodies: readonly { id: string; body: string }[],
    dependencies = () => Promise.resolve(bench.dependencies(CONFIGURATION)),
  ) => {
    const log = (...line: unknown[]) => {
      logged += `${JSON.stringify(line)}\n`;
    };
    return remediateHandler(
      {
        dependencies,
        mirror: {
          writeNote: ({ text }) => {
            told.push(text);
            return Promise.resolve('written');
          },
          putEvents: () => (breaks ? Promise.reject(new Error('the bus does not answer')) : Promise.resolve(new Map())),
        },
      },
      {
        logger: { info: log, warn: log, error: log },
        metrics: {
          addMetric: (name, _unit, value) => {
            metrics[name] = value;
          },
          publishStoredMetrics: () => undefined,
        },
      },
    )(sqsEvent(bodies));
  };
  const finding = () =>
    bench.addFinding({
      ruleKey: 'dynamodb-table-deletion-protection-enabled',
      finding: { Resources: [{ Type: 'AwsDynamoDbTable', Id: TABLE }], Description: 'SECRET OF THE FINDING' },
    });

  it('remediates, counts and tells, and logs nothing of a finding', async () => {
    const { body } = message(await finding());

    const { batchItemFailures } = await handle([{ id: 'one', body }]);

    assert.deepEqual(batchItemFailures, []);
    assert.equal(metrics['RemediationsApplied'], 1);
    assert.equal(told.length, 1);
    assert.doesNotMatch(logged, /SECRET|orders/);
  });

  it('raises an alarm over findings that are not ours', async () => {
    const { body } = message(`virtual-soc/technique/v1/T1485/${'0'.repeat(64)}`);

    await handle([{ id: 'one', body }]);

    assert.equal(metrics['RemediationForeignFindings'], 1);
  });

  it('returns only the message that failed', async () => {
    bench.services.answers = { 'dynamodb:DescribeTable': new ServiceError('ThrottlingException') };
    const { body } = message(await finding());

    const { batchItemFailures } = await handle([
      { id: 'throttled', body },
      { id: 'foreign', body: message(`virtual-soc/technique/v1/T1485/${'0'.repeat(64)}`).body },
    ]);

    assert.deepEqual(batchItemFailures, [{ itemIdentifier: 'throttled' }]);
  });

  it('does not have a thing done twice because nobody could be told of it', async () => {
    breaks = true;
    const { body } = message(await finding());

    const { batchItemFailures } = await handle([{ id: 'one', body }]);

    assert.deepEqual(batchItemFailures, []);
    assert.equal(metrics['RemediationMirrorFailed'], 1);
  });

  it('returns everything and does nothing where the configuration cannot be read', async () => {
    const { body } = message(await finding());

    await assert.rejects(handle([{ id: 'one', body }], () => Promise.reject(new Error('no configuration'))));

    assert.deepEqual(bench.services.calls, []);
  });
});
