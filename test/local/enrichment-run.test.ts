import assert from 'node:assert/strict';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import { type EnrichmentRun, runEnrichment } from '../../local/enrichment-run.ts';
import { parseInput } from '../../local/input-file.ts';
import { startSecurityHub } from '../../local/security-hub/server.ts';
import { type Enrichment, TARGET, catalogueDatabase, startEnrichment } from '../support/enrichment.ts';
import type { TestDatabase } from '../support/database.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

describe('runEnrichment', () => {
  let database: TestDatabase;
  let enrichment: Enrichment;

  beforeEach(async () => {
    database = await catalogueDatabase();
    enrichment = await startEnrichment({ database });
  });

  afterEach(async () => {
    await enrichment.close();
    await database.drop();
  });

  const run = (values: readonly unknown[], options: Partial<EnrichmentRun> = {}) =>
    runEnrichment({
      items: parseInput(JSON.stringify(values), 'the file'),
      sequelize: database.reader,
      target: TARGET,
      language: 'en',
      now: () => enrichment.clock.now,
      endpoint: enrichment.hub.url,
      quotas: false,
      ...options,
    });
  /** Lets an insert into a table fail, the first time or always. */
  const failInserts = (table: string, times: 'once' | 'always') =>
    database.owner.query(`
      CREATE SEQUENCE public.failures; GRANT USAGE ON SEQUENCE public.failures TO PUBLIC;
      CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.failures') = 1 OR ${times === 'always'} THEN RAISE EXCEPTION 'out of order'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER fail BEFORE INSERT ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION public.fail()`);

  it('counts a batch once that failed as a whole and succeeded later', async () => {
    await failInserts('state.source', 'once');

    const report = await run([configFinding(), configFinding({ Id: undefined })]);

    assert.ok(report.techniqueFindingsImported > 0);
    assert.deepEqual(
      [report.findings, report.rejected, report.undelivered],
      [2, [{ position: 'finding 2', reason: 'Id: is missing' }], []],
    );
  });

  it('lists every rejected finding of an event, and its good ones where Security Hub refuses them', async () => {
    await run([configFinding()]);
    const changed = configFinding({ UpdatedAt: '2026-11-03T00:00:00Z', Severity: { Label: 'HIGH' } });
    const event = {
      ...findingEvent({}),
      detail: { findings: [configFinding({ Id: undefined }), changed, configFinding({ Title: '' })] },
    };
    enrichment.clock.now = new Date('2026-11-21T12:00:00.000Z');
    // It does not know the finding that is to be updated, and refuses one that claims to be older than itself.
    const otherHub = await startSecurityHub({ account: TARGET.accountId, region: TARGET.region });

    const report = await run([event], { endpoint: otherHub.url }).finally(() => otherHub.close());

    assert.deepEqual(report.rejected, [
      { position: 'finding 1, detail.findings[0]', reason: 'Id: is missing' },
      { position: 'finding 1, detail.findings[2]', reason: 'Title: is blank' },
    ]);
    assert.deepEqual(report.undelivered[0], { position: 'finding 1', reason: 'import refused: InvalidInput' });
  });

  it('says of each item that Security Hub does not let us write it', async () => {
    const target = securityHubTarget('777788889999', TARGET.region);

    const report = await run([configFinding({ Id: undefined }), configFinding()], { target });

    assert.deepEqual(report.undelivered[0], { position: 'finding 2', reason: 'AccessDeniedException 403' });
  });

  it('reports a roll-up that failed beside what was done', async () => {
    await failInserts('state.tactic_finding', 'always');

    const report = await run([configFinding()]);

    assert.ok(report.techniqueFindingsImported > 0);
    assert.deepEqual(report.undelivered, [{ position: 'tactic findings (roll-up)', reason: 'out of order' }]);
  });
});
