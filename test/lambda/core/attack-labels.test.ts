import assert from 'node:assert/strict';
import { attackLabelsOf } from '../../../lambda/core/attack-labels.ts';

const labelsOf = (original: Record<string, unknown>, types: string[] = []) => attackLabelsOf({ original, types });

describe('attackLabelsOf', () => {
  it('reads the indicators of an attack sequence and of its signals, each once', () => {
    const labels = labelsOf({
      Detection: {
        Sequence: {
          SequenceIndicators: [
            {
              Key: 'ATTACK_TECHNIQUE',
              Values: ['T1485 - Data Destruction', 'T1078.004 - Valid Accounts: Cloud Accounts'],
            },
            { Key: 'ATTACK_TACTIC', Values: ['Impact'] },
            { Key: 'TOR_IP', Values: ['198.51.100.7'] },
          ],
          Signals: [
            { SignalIndicators: [{ Key: 'ATTACK_TECHNIQUE', Values: ['T1485 - Data Destruction', 'T1087'] }] },
            {},
          ],
        },
      },
    });

    assert.deepEqual(labels, {
      techniques: ['T1485 - Data Destruction', 'T1078.004 - Valid Accounts: Cloud Accounts', 'T1087'],
      tactics: ['Impact'],
    });
  });

  it('reads the attacks of OCSF, the sub-technique before its technique', () => {
    const labels = labelsOf({
      finding_info: {
        attacks: [
          {
            tactic: { uid: 'TA0001', name: 'Initial Access' },
            technique: { uid: 'T1078' },
            sub_technique: { uid: 'T1078.004' },
          },
          { technique: { name: 'T1496 - Resource Hijacking' }, tactics: [{ name: 'Impact' }] },
        ],
      },
    });

    assert.deepEqual(labels, {
      techniques: ['T1078.004', 'T1496 - Resource Hijacking'],
      tactics: ['TA0001', 'Impact'],
    });
  });

  it('reads a technique id that is the classifier of a type', () => {
    assert.deepEqual(
      labelsOf({}, ['TTPs/Initial Access/T1190', 'TTPs/Initial Access/T1190-like', 'Effects/Data Exposure']),
      {
        techniques: ['T1190'],
        tactics: ['Initial Access'],
      },
    );
  });

  it('takes labels that it cannot read for none', () => {
    const nothing = { techniques: [], tactics: [] };

    assert.deepEqual(labelsOf({}), nothing);
    assert.deepEqual(labelsOf({ Detection: { Sequence: { SequenceIndicators: 'T1078', Signals: {} } } }), nothing);
    assert.deepEqual(
      labelsOf({ finding_info: { attacks: [{ technique: 'T1078' }, { technique: { name: ' ' } }] } }),
      nothing,
    );
  });
});
