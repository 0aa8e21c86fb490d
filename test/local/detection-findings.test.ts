import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { detectionFinding } from '../../local/detection-findings.ts';
import { MATRIX_CATALOGUE } from '../support/matrix.ts';
import { ownFinding } from '../support/own-finding.ts';

const text = { type: 'string', minLength: 1 };
const whole = { type: 'integer' };
const named = { type: 'object', required: ['uid', 'name'], properties: { uid: text, name: text } };

/**
 * What OCSF 1.x requires of a Detection Finding with the profile `cloud`: base event, class, and the objects in it.
 * https://schema.ocsf.io/1.5.0/classes/detection_finding
 */
const isDetectionFinding = new Ajv({ allErrors: true }).compile({
  type: 'object',
  required: [
    'activity_id',
    'category_uid',
    'class_uid',
    'cloud',
    'finding_info',
    'metadata',
    'severity_id',
    'time',
    'type_uid',
  ],
  properties: {
    activity_id: { enum: [0, 1, 2, 3, 99] },
    category_uid: { const: 2 },
    class_uid: { const: 2004 },
    type_uid: { enum: [200400, 200401, 200402, 200403, 200499] },
    severity_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    status_id: { enum: [0, 1, 2, 3, 4, 5, 6, 99] },
    time: whole,
    metadata: {
      type: 'object',
      required: ['product', 'version'],
      properties: {
        version: { type: 'string', pattern: '^1\\.\\d+\\.\\d+$' },
        product: { type: 'object', required: ['name', 'vendor_name'], properties: { name: text, vendor_name: text } },
      },
    },
    cloud: { type: 'object', required: ['provider'], properties: { provider: text } },
    finding_info: {
      type: 'object',
      required: ['uid', 'title', 'attacks'],
      properties: {
        uid: text,
        title: text,
        created_time: whole,
        modified_time: whole,
        first_seen_time: whole,
        attacks: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['version', 'tactic', 'technique'],
            properties: { version: text, tactic: named, technique: named, sub_technique: named },
          },
        },
        analytic: { type: 'object', required: ['type_id'], properties: { type_id: whole } },
        related_events: { type: 'array', items: { type: 'object', required: ['uid'] } },
      },
    },
    remediation: { type: 'object', required: ['desc'], properties: { desc: text } },
    resources: { type: 'array', items: { type: 'object', anyOf: [{ required: ['uid'] }, { required: ['name'] }] } },
  },
});

const convert = (...args: Parameters<typeof ownFinding>) =>
  detectionFinding(ownFinding(...args), MATRIX_CATALOGUE.index) as {
    activity_id: number;
    type_uid: number;
    status: string;
    time: number;
    cloud: { account: { uid: string }; region: string };
    finding_info: { attacks: object[] };
    unmapped: Record<string, string>;
  };

describe('detectionFinding', () => {
  it('has every attribute that OCSF 1.x requires of a Detection Finding', () => {
    assert.ok(isDetectionFinding(convert()), JSON.stringify(isDetectionFinding.errors));
  });

  it('names the technique under each of its tactics', () => {
    const technique = { uid: 'T1078', name: 'Valid Accounts' };

    assert.deepEqual(convert().finding_info.attacks, [
      { version: '19.2', tactic: { uid: 'TA0001', name: 'Initial Access' }, technique },
      { version: '19.2', tactic: { uid: 'TA0006', name: 'Credential Access' }, technique },
    ]);
  });

  it('names a sub-technique below its technique', () => {
    const { ProductFields } = ownFinding();
    const fields = { ...ProductFields, 'mitre/technique': 'T1078.004', 'mitre/tactics': 'TA0006' };

    assert.deepEqual(convert({}, { ProductFields: fields }).finding_info.attacks, [
      {
        version: '19.2',
        tactic: { uid: 'TA0006', name: 'Credential Access' },
        technique: { uid: 'T1078', name: 'Valid Accounts' },
        sub_technique: { uid: 'T1078.004', name: 'Cloud Accounts' },
      },
    ]);
  });

  it('says whether it was created, updated or closed, and what an analyst made of it', () => {
    const updated = convert({}, { UpdatedAt: '2026-11-21T12:00:00.000Z' });
    const closed = convert({}, { RecordState: 'ARCHIVED' });
    const suppressed = convert({}, { Workflow: { Status: 'SUPPRESSED' } });

    assert.deepEqual([convert().activity_id, updated.activity_id, closed.activity_id], [1, 2, 3]);
    assert.equal(updated.type_uid, 200402);
    assert.deepEqual([convert().status, closed.status, suppressed.status], ['New', 'Resolved', 'Suppressed']);
  });

  it('belongs to the owner of the source, and carries the line that ATT&CK asks for', () => {
    const { cloud, unmapped } = convert();

    assert.deepEqual([cloud.account.uid, cloud.region], ['444455556666', 'eu-west-1']);
    assert.match(unmapped['mitre/copyright'] ?? '', /The MITRE Corporation/);
  });

  it('is complete whatever the source says, and one line of JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (wild) => {
        const event = convert({ Title: `x${wild}`, Region: wild, Resources: [{ Id: `x${wild}`, Type: 'Other' }] });

        assert.ok(isDetectionFinding(event), JSON.stringify(isDetectionFinding.errors));
        assert.doesNotMatch(JSON.stringify(event), /\n/);
      }),
    );
  });
});
