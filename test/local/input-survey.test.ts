import assert from 'node:assert/strict';
import { OWN_GENERATOR_PREFIX } from '../../lambda/core/security-hub-target.ts';
import { formatInstant } from '../../lambda/core/instant.ts';
import { type InputItem, parseInput } from '../../local/input-file.ts';
import { surveyInput } from '../../local/input-survey.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';

const own = configFinding({ GeneratorId: `${OWN_GENERATOR_PREFIX}technique/T1110`, UpdatedAt: '2026-12-24T00:00:00Z' });
const nameless = configFinding({ Id: undefined, UpdatedAt: '2026-12-25T00:00:00Z' });
const survey = (values: readonly unknown[]) => surveyInput(parseInput(JSON.stringify(values), 'the file'));

describe('surveyInput', () => {
  it('counts every finding of every item, and what is ignored', () => {
    const { findings, ignored } = survey([
      configFinding(),
      { ...findingEvent(own), detail: { findings: [own, configFinding(), own] } },
      { ...findingEvent(own), 'detail-type': 'Security Hub Insight Results' },
    ]);

    assert.deepEqual([findings, ignored], [5, { 'own-finding': 2, 'other-event': 1 }]);
  });

  it('keeps each rejected finding of an event, with its place in the event', () => {
    const { rejected } = survey([
      { ...findingEvent(own), detail: { findings: [nameless, configFinding(), configFinding({ Title: ' ' })] } },
      nameless,
    ]);

    assert.deepEqual(rejected, [
      { position: 'finding 1, detail.findings[0]', reason: 'Id: is missing' },
      { position: 'finding 1, detail.findings[2]', reason: 'Title: is blank' },
      { position: 'finding 2', reason: 'Id: is missing' },
    ]);
  });

  it('rejects what is no JSON, and what could not be put on the queue', () => {
    const items: InputItem[] = [
      { position: 'line 1', body: '{', hints: {} },
      { position: 'line 2', body: '', problem: 'it is odd', hints: {} },
    ];

    const { findings, rejected } = surveyInput(items);

    assert.deepEqual(
      [findings, rejected],
      [
        2,
        [
          { position: 'line 1', reason: 'the message is not JSON' },
          { position: 'line 2', reason: 'it is odd' },
        ],
      ],
    );
  });

  it('finds the newest UpdatedAt of the findings that are accepted', () => {
    const { newestUpdate } = survey([own, configFinding({ UpdatedAt: '2026-11-02T01:00:00+01:00' }), nameless]);

    assert.equal(formatInstant(newestUpdate), '2026-11-02T00:00:00.000Z');
  });
});
