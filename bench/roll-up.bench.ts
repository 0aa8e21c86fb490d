/** The roll-up of tactics while 100,000 technique findings are open. */
import { QueryTypes } from 'sequelize';
import { catalogueReader } from '../lambda/adapters/catalogue-reader.ts';
import { tacticState } from '../lambda/adapters/tactic-state.ts';
import type { FindingImport } from '../lambda/enrich-finding.ts';
import { rollUpTactics } from '../lambda/roll-up-tactics.ts';
import { connect } from '../sql/database.ts';
import type { Benchmark } from './figure.ts';
import { type Variant, interleave, median, secondsOf } from './interleave.ts';
import { countStatements } from './statement-count.ts';
import { TARGET } from './subject.ts';

const OPEN = 100_000;
const REPETITIONS = 5;

export const rollUp: Benchmark = {
  name: 'roll-up',
  run: async ({ rules, databaseWith }, note) => {
    note(`opens ${OPEN} technique findings`);
    const database = await databaseWith(OPEN);
    const sequelize = connect(database.url);
    const sent = countStatements(sequelize);
    let calls = 0;
    const securityHub: FindingImport = {
      importFindings: () => {
        calls += 1;
        return Promise.resolve([]);
      },
    };
    const dependencies = {
      catalogue: catalogueReader(sequelize),
      state: tacticState(sequelize),
      securityHub,
      target: TARGET,
      language: 'en' as const,
      now: () => new Date(),
    };
    const variant = (name: string, tacticIds: readonly string[]): Variant => ({
      name,
      prepare: async () => {
        await sequelize.query('DELETE FROM state.tactic_change', { type: QueryTypes.DELETE });
        await sequelize.query('INSERT INTO state.tactic_change (tactic_id) SELECT unnest($1::text[])', {
          type: QueryTypes.INSERT,
          bind: [tacticIds],
        });
      },
      measure: () => secondsOf(() => rollUpTactics(dependencies)),
    });
    try {
      const largest = await sequelize.query<{ tacticId: string; open: number }>(
        `SELECT tactic_id AS "tacticId", count(*)::int AS open
        FROM state.technique_finding CROSS JOIN LATERAL unnest(tactic_ids) AS t (tactic_id)
        GROUP BY tactic_id ORDER BY open DESC, tactic_id`,
        { type: QueryTypes.SELECT },
      );
      const [worst] = largest;
      const middle = largest[Math.floor(largest.length / 2)];
      if (!worst || !middle) throw new Error('no tactic has anything open');
      const runs = await interleave(
        [
          variant(
            'all',
            rules.catalogue.tactics.map(({ id }) => id),
          ),
          variant('largest', [worst.tacticId]),
          variant('middle', [middle.tacticId]),
        ],
        REPETITIONS,
      );
      sent.statements.length = 0;
      calls = 0;
      await rollUpTactics(dependencies);
      const runsOf = (name: string) => ({ runs: (runs.get(name) ?? []).map((seconds) => Number(seconds.toFixed(3))) });
      return [
        {
          name: 'roll-up/all-tactics',
          value: median(runs.get('all') ?? []),
          unit: 's',
          target: { atMost: 2 },
          details: runsOf('all'),
        },
        {
          name: 'roll-up/largest-tactic',
          value: median(runs.get('largest') ?? []),
          unit: 's',
          target: { atMost: 0.2 },
          details: { ...worst, ...runsOf('largest') },
        },
        {
          name: 'roll-up/middle-tactic',
          value: median(runs.get('middle') ?? []),
          unit: 's',
          target: { atMost: 0.2 },
          details: { ...middle, ...runsOf('middle') },
        },
        {
          name: 'roll-up/idle/statements',
          value: sent.statements.length,
          unit: 'statements',
          target: { atMost: 1 },
          details: { statements: [...sent.statements] },
        },
        { name: 'roll-up/idle/calls', value: calls, unit: 'calls', target: { atMost: 0 } },
      ];
    } finally {
      await sequelize.close();
    }
  },
};
