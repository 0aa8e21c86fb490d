/** The dashboard's matrix while 100,000 technique findings are open: reading the evidence, and rendering it. */
import { keepCatalogue } from '../lambda/adapters/catalogue-reader.ts';
import { readHubEvidence } from '../lambda/adapters/hub-evidence.ts';
import { attackMatrixHandler } from '../lambda/attack-matrix.ts';
import { matrixCatalogue } from '../lambda/core/matrix-catalogue.ts';
import { WIDGET_VIEWS, type WidgetRequest } from '../lambda/matrix/matrix-widget.ts';
import { connect } from '../sql/database.ts';
import type { Benchmark, Figure } from './figure.ts';
import { interleave, median, secondsOf } from './interleave.ts';
import { TARGET } from './subject.ts';

const OPEN = 100_000;
const REPETITIONS = 5;

/** Seconds until the matrix is there: a person waits for it. */
const PATIENCE = 2;

export const attackMatrixWidget: Benchmark = {
  name: 'attack-matrix',
  run: async ({ databaseWith }, note) => {
    note(`opens ${OPEN} technique findings`);
    const database = await databaseWith(OPEN);
    const sequelize = connect(database.url);
    const catalogue = keepCatalogue(sequelize, (rows) => ({ ...matrixCatalogue(rows), version: rows.release.version }));
    const answer = attackMatrixHandler({
      evidence: () => readHubEvidence(sequelize, new Date()),
      catalogue: catalogue.latest,
      language: 'en',
      target: TARGET,
    });
    const ask = (view: WidgetRequest['view']) =>
      answer({ view, technique: 'T1078.004' }, 'arn:aws:lambda:eu-west-1:111122223333:function:attack-matrix');
    try {
      const runs = await interleave(
        [
          { name: 'evidence', measure: () => secondsOf(() => readHubEvidence(sequelize, new Date())) },
          ...WIDGET_VIEWS.map((view) => ({ name: view, measure: () => secondsOf(() => ask(view)) })),
        ],
        REPETITIONS,
      );
      const figures = [...runs].map(([name, seconds]): Figure => ({
        name: `attack-matrix/${name}`,
        value: median(seconds),
        unit: 's',
        ...(name === 'matrix' ? { target: { atMost: PATIENCE } } : {}),
        details: { runs: seconds.map((each) => Number(each.toFixed(3))) },
      }));
      return [
        ...figures,
        { name: 'attack-matrix/bytes', value: Buffer.byteLength(await ask('matrix')), unit: 'bytes' },
      ];
    } finally {
      await sequelize.close();
    }
  },
};
