import assert from 'node:assert/strict';
import { copyOf, identityOf } from '../../../lambda/core/resource.ts';

const instance = { Type: 'AwsEc2Instance', Id: 'i-1', Partition: 'aws', Region: 'eu-west-1' };

describe('copyOf', () => {
  it('copies everything that the source says of the resource', () => {
    const resource = { ...instance, Tags: { team: 'blue' }, Details: { Other: { a: 'b' } }, Invented: 1 };

    assert.deepEqual(copyOf(resource), resource);
  });

  it('leaves out tags without a value', () => {
    const { Tags } = copyOf({ ...instance, Tags: { empty: '', blank: ' ', none: null, team: 'blue' } });

    assert.deepEqual(Tags, { team: 'blue' });
  });

  it('leaves out tags that are no map, or of which none has a value', () => {
    for (const Tags of [[{ Key: 'team', Value: 'blue' }], 'team', null, { empty: '' }]) {
      assert.deepEqual(copyOf({ ...instance, Tags }), instance);
    }
  });

  it('leaves out a Region or partition that is none', () => {
    const { Type, Id } = instance;

    for (const Region of ['', '  ', 'x'.repeat(20), 7]) {
      for (const Partition of ['', 'aws-iso', 5]) {
        assert.deepEqual(copyOf({ Type, Id, Region, Partition }), { Type, Id });
      }
    }
  });

  it('cuts a type of more than 256 characters', () => {
    const { Type } = copyOf({ ...instance, Type: 'x'.repeat(300) });

    assert.equal(Type, `${'x'.repeat(255)}…`);
  });
});

describe('identityOf', () => {
  it('keeps what identifies the resource, and nothing else', () => {
    assert.deepEqual(identityOf({ ...instance, Tags: { team: 'blue' }, Details: {}, Invented: 1 }), instance);
  });

  it('cuts type and Id to what Security Hub takes', () => {
    const { Type, Id } = identityOf({ Type: 'x'.repeat(300), Id: 'y'.repeat(300_000) });

    assert.deepEqual([Type.length, Id.length], [256, 2048]);
  });
});
