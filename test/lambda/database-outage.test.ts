import assert from 'node:assert/strict';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connect } from '../../sql/database.ts';
import { deliver } from '../../local/event-queue.ts';
import { type Enrichment, quietHandler, startEnrichment } from '../support/enrichment.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

/** Findings of the replay; every tenth is a copy of another, every seventh closes, and they come in a mixed-up order. */
const COUNT = 600;

describe('a replay during database restarts, throttling and partial failures', () => {
  let enrichment: Enrichment;
  /** Connected as the same role, whose sessions may end each other. */
  let killer: Sequelize;

  before(async () => {
    enrichment = await startEnrichment();
    killer = connect(enrichment.database.readerUrl, { poolSize: 1 });
  });

  after(async () => {
    await killer.close();
    await enrichment.close();
  });

  it('ends with exactly the right findings: nothing lost, nothing twice', async function () {
    this.timeout(180_000);
    const findings = Array.from({ length: COUNT }, (_, index) => {
      const number = index % 10 === 9 ? index - 1 : index;
      const closes = index % 7 === 0;
      return configFinding({
        Id: `source-${closes ? number : number - (number % 7 === 1 ? 1 : 0)}`,
        UpdatedAt: closes ? '2026-11-02T10:00:00Z' : '2026-11-01T10:00:00Z',
        Compliance: { Status: closes ? 'PASSED' : 'FAILED' },
      });
    });
    const order = findings.map((_, index) => (index * 367) % COUNT);
    const messages = order.map((index, position) => ({
      id: String(position),
      body: JSON.stringify(findingEvent(findings[index])),
    }));
    const closed = new Set(
      findings.filter(({ Compliance }) => (Compliance as { Status: string }).Status === 'PASSED').map(({ Id }) => Id),
    );
    const expected = [...new Set(findings.map(({ Id }) => Id))].filter((id) => !closed.has(id)).sort();
    enrichment.hub.setFaults({
      throttle: 0.1,
      serverErrorBefore: 0.05,
      serverErrorAfter: 0.05,
      partialFailure: 0.02,
      seed: 11,
    });

    let batches = 0;
    const restarts: Promise<number>[] = [];
    const handler = quietHandler(enrichment.dependencies);
    const dead = await deliver(
      messages,
      async (event) => {
        // As a restart does: every session of the function ends, whatever it is doing.
        if ((batches += 1) % 4 === 0) restarts.push(restart());
        return handler(event);
      },
      { batchSize: 20 },
    );
    enrichment.hub.setFaults({});
    const lost = await deliver(dead, handler, { batchSize: 20 });

    const open = enrichment.findings('technique').filter(({ RecordState }) => RecordState === 'ACTIVE');
    const sources = [...new Set(open.map(({ RelatedFindings }) => RelatedFindings[0]?.Id))].sort();
    const perSource = open.length / sources.length;
    assert.ok(
      (await Promise.all(restarts)).some((ended) => ended > 0),
      'some sessions were ended',
    );
    assert.deepEqual(lost, []);
    assert.deepEqual(sources, expected);
    assert.ok(Number.isInteger(perSource) && perSource > 0, String(perSource));
  });

  async function restart(): Promise<number> {
    const ended = await killer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()`,
      { type: QueryTypes.SELECT },
    );
    return ended.length;
  }
});
