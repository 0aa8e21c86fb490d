/** How many statements and calls a batch costs, counted exactly. Both must not depend on what is stored. */
import { sharedImportBudget } from '../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient } from '../lambda/adapters/security-hub.ts';
import { MAX_FINDINGS_PER_IMPORT } from '../lambda/core/asff-limits.ts';
import { connect } from '../sql/database.ts';
import { batchesOf } from './batches.ts';
import type { Benchmark, Figure } from './figure.ts';
import { findingEvent } from './finding-events.ts';
import { startHubProcess } from './hub-process.ts';
import { countCalls, countStatements } from './statement-count.ts';
import { TARGET, handlerOver } from './subject.ts';

const SIZES = [1, 10, 100];
const TARGET_STATEMENTS = 6;
/** Calls a second that no batch here comes near: the budget is asked, and never says wait. */
const AMPLE = 1_000;

export const statements: Benchmark = {
  name: 'statements',
  run: async ({ rules, databaseWith }) => {
    const database = await databaseWith(0);
    const hub = await startHubProcess({ quotas: false });
    const sequelize = connect(database.url, { poolSize: 1 });
    try {
      await database.empty();
      const sent = countStatements(sequelize);
      const client = localSecurityHubClient(TARGET.region, hub.url);
      const calls = countCalls(client);
      let imported = 0;
      const budget = sharedImportBudget(sequelize, 'bench', AMPLE, AMPLE);
      const handler = handlerOver({ ...database, sequelize }, findingImport(client, budget), (report) => {
        imported = report.imported;
      });
      let source = 0;
      const figures: Figure[] = [];
      const handle = async (kind: string, bodies: readonly string[]) => {
        for (const batch of batchesOf(bodies, bodies.length)) {
          sent.statements.length = 0;
          const callsBefore = calls.made();
          await handler(batch);
          const made = calls.made() - callsBefore;
          figures.push(
            {
              name: `statements/${kind}/${bodies.length}-per-batch`,
              value: sent.statements.length,
              unit: 'statements/batch',
              target: { atMost: TARGET_STATEMENTS },
              details: { statements: [...sent.statements] },
            },
            {
              name: `import-calls/${kind}/${bodies.length}-per-batch`,
              value: made,
              unit: 'calls/batch',
              target: { atMost: Math.ceil(imported / MAX_FINDINGS_PER_IMPORT) },
              details: { techniqueFindings: imported },
            },
          );
        }
      };
      // The first batch also reads the catalogue.
      await handler(batchesOf([findingEvent(rules, { source: source++ })], 1)[0] ?? { Records: [] });
      for (const size of SIZES) {
        const sources = Array.from({ length: size }, () => source++);
        await handle(
          'opens',
          sources.map((number) => findingEvent(rules, { source: number })),
        );
        await handle(
          'repeats',
          sources.map((number) => findingEvent(rules, { source: number })),
        );
        await handle(
          'updates',
          sources.map((number) => findingEvent(rules, { source: number, revision: 1 })),
        );
        await handle(
          'passed',
          Array.from({ length: size }, () => findingEvent(rules, { source: source++, passed: true })),
        );
      }
      return figures;
    } finally {
      await sequelize.close();
      await database.empty();
      await hub.stop();
    }
  },
};
