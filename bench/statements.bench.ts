/** How many statements and calls a batch costs, counted exactly. */
import { sharedImportBudget } from '../lambda/adapters/import-budget.ts';
import { findingImport, localSecurityHubClient } from '../lambda/adapters/security-hub.ts';
import type { AsffFinding } from '../lambda/core/asff-finding.ts';
import { MAX_FINDINGS_PER_IMPORT, MAX_IMPORT_BYTES } from '../lambda/core/asff-limits.ts';
import type { FindingImport } from '../lambda/enrich-finding.ts';
import { connect } from '../sql/database.ts';
import { batchesOf, inLanes } from './batches.ts';
import type { Benchmark, Figure } from './figure.ts';
import { type EventChoice, findingEvent } from './finding-events.ts';
import { startHubProcess } from './hub-process.ts';
import { countCalls, countStatements } from './statement-count.ts';
import { TARGET, handlerOver } from './subject.ts';

const SIZES = [1, 10, 100];
const TARGET_STATEMENTS = 6;
/** Characters of a resource's details that make 100 findings too large for one call. */
const LARGE = 90_000;
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
      let findings: readonly AsffFinding[] = [];
      const budget = sharedImportBudget(sequelize, 'bench', AMPLE, AMPLE);
      const handler = handlerOver(
        { ...database, sequelize },
        noting(findingImport(client, budget), (noted) => (findings = noted)),
      );

      const measure = async (kind: string, choices: readonly EventChoice[]): Promise<Figure[]> => {
        const bodies = choices.map((choice) => findingEvent(rules, choice));
        findings = [];
        sent.statements.length = 0;
        const callsBefore = calls.made();
        await inLanes(batchesOf(bodies, bodies.length), 1, handler);
        return [
          {
            name: `statements/${kind}/${bodies.length}-per-batch`,
            value: sent.statements.length,
            unit: 'statements/batch',
            target: { atMost: TARGET_STATEMENTS },
            details: { statements: [...sent.statements] },
          },
          {
            name: `import-calls/${kind}/${bodies.length}-per-batch`,
            value: calls.made() - callsBefore,
            unit: 'calls/batch',
            target: { atMost: fewestCalls(findings) },
            details: { techniqueFindings: findings.length },
          },
        ];
      };

      let source = 0;
      const sourcesOf = (count: number) => Array.from({ length: count }, () => source++);
      // The first batch also reads the catalogue.
      await measure('first', [{ source: source++ }]);
      const figures: Figure[] = [];
      for (const size of SIZES) {
        const sources = sourcesOf(size);
        const same = (change: Partial<EventChoice>) => sources.map((number) => ({ source: number, ...change }));
        figures.push(...(await measure('opens', same({}))));
        figures.push(...(await measure('repeats', same({}))));
        figures.push(...(await measure('updates', same({ revision: 1 }))));
        figures.push(
          ...(await measure(
            'passed',
            sourcesOf(size).map((number) => ({ source: number, passed: true })),
          )),
        );
      }
      figures.push(
        ...(await measure(
          'large',
          sourcesOf(100).map((number) => ({ source: number, details: LARGE })),
        )),
      );
      return figures;
    } finally {
      await sequelize.close();
      await database.empty();
      await hub.stop();
    }
  },
};

/** The same import; tells what it was given. */
function noting(securityHub: FindingImport, note: (findings: readonly AsffFinding[]) => void): FindingImport {
  return {
    importFindings: (findings) => {
      note(findings);
      return securityHub.importFindings(findings);
    },
  };
}

/** Calls that these findings need: by their count, or by their bytes where each call leaves room for less than one more. */
function fewestCalls(findings: readonly AsffFinding[]): number {
  const sizes = findings.map((finding) => Buffer.byteLength(JSON.stringify(finding)));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(
    Math.ceil(findings.length / MAX_FINDINGS_PER_IMPORT),
    Math.ceil(bytes / (MAX_IMPORT_BYTES - Math.max(0, ...sizes))),
  );
}
