import assert from 'node:assert/strict';
import { dependenciesOf, intrinsicOf, referencesOf, render, type Template } from './template.ts';

describe('intrinsicOf', () => {
  it('tells what CloudFormation computes from what it takes as it is', () => {
    assert.deepEqual(intrinsicOf({ Ref: 'Queue' }), { name: 'Ref', argument: 'Queue' });
    assert.equal(intrinsicOf({ Ref: 'Queue', Other: 1 }), undefined);
    assert.equal(intrinsicOf({ Name: 'Queue' }), undefined);
    assert.equal(intrinsicOf('Queue'), undefined);
  });
});

describe('referencesOf', () => {
  it('finds what texts, choices and mappings name, however deep', () => {
    const value = {
      'Fn::If': [
        'Wanted',
        [{ 'Fn::Sub': 'a ${Queue.Arn} ${AWS::Region} ${!Literal} ${Own}' }],
        { 'Fn::GetAtt': 'Key.Arn' },
      ],
    };

    assert.deepEqual(referencesOf(value), [
      { kind: 'condition', name: 'Wanted' },
      { kind: 'attribute', name: 'Queue', attribute: 'Arn' },
      { kind: 'ref', name: 'AWS::Region' },
      { kind: 'ref', name: 'Own' },
      { kind: 'attribute', name: 'Key', attribute: 'Arn' },
    ]);
    assert.deepEqual(referencesOf({ 'Fn::FindInMap': ['Sizes', { Ref: 'Size' }, 'Class'] }), [
      { kind: 'mapping', name: 'Sizes' },
      { kind: 'ref', name: 'Size' },
    ]);
  });

  it('leaves out what a text brings along', () => {
    assert.deepEqual(referencesOf({ 'Fn::Sub': ['${Own}', { Own: { Ref: 'Queue' } }] }), [
      { kind: 'ref', name: 'Queue' },
    ]);
  });
});

describe('dependenciesOf', () => {
  it('follows conditions to the parameters that decide them', () => {
    const template: Template = {
      Resources: {},
      Conditions: {
        Outer: { 'Fn::Not': [{ Condition: 'Inner' }] },
        Inner: { 'Fn::Equals': [{ Ref: 'Answer' }, 'yes'] },
      },
    };

    assert.ok(dependenciesOf({ 'Fn::If': ['Outer', 1, 2] }, template).has('Answer'));
    assert.ok(!dependenciesOf({ Ref: 'Other' }, template).has('Answer'));
  });
});

describe('render', () => {
  it('writes out texts, with what is not known in angle brackets', () => {
    const value = {
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':', { 'Fn::GetAtt': ['Queue', 'Arn'] }, '/*']],
    };

    assert.equal(render(value, { 'AWS::Partition': 'aws' }), 'arn:aws:<Queue.Arn>/*');
    assert.equal(render({ 'Fn::If': ['Wanted', { Ref: 'AWS::NoValue' }, 'second'] }), 'second');
  });
});
