import assert from 'node:assert/strict';
import { matches } from './event-pattern.ts';

describe('matches', () => {
  it('takes a list as alternatives, and all fields together', () => {
    const pattern = { source: ['a', 'b'], detail: { state: ['on'] } };

    assert.ok(matches(pattern, { source: 'b', detail: { state: 'on' } }));
    assert.ok(!matches(pattern, { source: 'b', detail: { state: 'off' } }));
  });

  it('looks into arrays', () => {
    assert.ok(matches({ findings: { Id: ['2'] } }, { findings: [{ Id: '1' }, { Id: '2' }] }));
  });

  it('matches prefixes, and anything but a prefix', () => {
    assert.ok(matches({ a: [{ prefix: 'virtual-' }] }, { a: 'virtual-soc' }));
    assert.ok(!matches({ a: [{ 'anything-but': { prefix: 'virtual-' } }] }, { a: 'virtual-soc' }));
    assert.ok(matches({ a: [{ 'anything-but': { prefix: 'virtual-' } }] }, { a: 'soc' }));
    assert.ok(matches({ a: [{ 'anything-but': 'x' }] }, { a: 'y' }));
  });

  it('does not match a missing field, anything-but included', () => {
    assert.ok(!matches({ a: [{ 'anything-but': { prefix: 'virtual-' } }] }, { b: 'soc' }));
  });

  it('matches one of the choices of $or, and what is said beside it', () => {
    const pattern = { a: ['x'], $or: [{ b: ['y'] }, { c: ['z'] }] };

    assert.ok(matches(pattern, { a: 'x', c: 'z' }));
    assert.ok(!matches(pattern, { a: 'x', c: 'y' }));
    assert.ok(!matches(pattern, { b: 'y', c: 'z' }));
  });

  it('throws on an operator that it does not know', () => {
    assert.throws(() => matches({ a: [{ suffix: 'x' }] }, { a: 'x' }), /suffix/);
    assert.throws(() => matches({ $and: [{ a: ['x'] }] }, { a: 'x' }), /\$and/);
  });
});
