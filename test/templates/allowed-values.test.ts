import assert from 'node:assert/strict';
import { ALLOWED_VALUES, valueMistakes } from './allowed-values.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Template } from './template.ts';

describe('the values in every template', () => {
  it('are those only that the services take, with no engine or runtime whose support has ended', () => {
    const now = new Date();
    for (const { name, template } of synthesisedTemplates()) assert.deepEqual(valueMistakes(template, now), [], name);
  }).timeout(SYNTHESIS_TIMEOUT);

  it('are looked at: engine and runtime occur', () => {
    const keys = synthesisedTemplates().flatMap(({ template }) =>
      Object.values(template.Resources).flatMap(({ Type, Properties = {} }) =>
        Object.keys(Properties).map((name) => `${Type}.${name}`),
      ),
    );

    for (const key of ['AWS::RDS::DBInstance.EngineVersion', 'AWS::Lambda::Function.Runtime']) {
      assert.ok(key in ALLOWED_VALUES && keys.includes(key), key);
    }
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('valueMistakes', () => {
  const NOW = new Date('2026-11-25');

  const of = (Type: string, Properties: Record<string, unknown>, template: Partial<Template> = {}, now = NOW) =>
    valueMistakes({ ...template, Resources: { Thing: { Type, Properties } } }, now).map(
      ({ where, what }) => `${where} ${what.replace(/: https.*/, '')}`,
    );

  it('finds nothing in what is allowed', () => {
    assert.deepEqual(
      of('AWS::RDS::DBInstance', { Engine: 'postgres', EngineVersion: '17', AllocatedStorage: '20' }),
      [],
    );
  });

  it('names engines and runtimes that are too old, and other architectures', () => {
    assert.deepEqual(of('AWS::RDS::DBInstance', { EngineVersion: '14.4' }), [
      'Thing.EngineVersion 14.4 is not allowed',
    ]);
    assert.deepEqual(of('AWS::Lambda::Function', { Runtime: 'python3.9' }), ['Thing.Runtime python3.9 is not allowed']);
    assert.deepEqual(of('AWS::Lambda::Function', { Architectures: ['x86_64'] }), [
      'Thing.Architectures.0 x86_64 is not allowed',
    ]);
  });

  it('names an engine or runtime from the day on which its support ends', () => {
    const function22 = { Runtime: 'nodejs22.x' };

    assert.deepEqual(of('AWS::Lambda::Function', function22, {}, new Date('2027-04-29')), []);
    assert.deepEqual(of('AWS::Lambda::Function', function22, {}, new Date('2027-04-30')), [
      'Thing.Runtime support of nodejs22.x has ended on 2027-04-30',
    ]);
    assert.deepEqual(of('AWS::RDS::DBInstance', { EngineVersion: '17' }, {}, new Date('2030-03-01')), [
      'Thing.EngineVersion support of 17 has ended on 2030-02-28',
    ]);
  });

  it('looks at everything that a parameter or a choice allows', () => {
    const Days = { Type: 'Number', Default: 7, MinValue: 0, MaxValue: 36 };

    assert.deepEqual(of('AWS::RDS::DBInstance', { BackupRetentionPeriod: { Ref: 'Days' } }, { Parameters: { Days } }), [
      'Thing.BackupRetentionPeriod 0 is not within 1 and 35',
      'Thing.BackupRetentionPeriod 36 is not within 1 and 35',
    ]);
    assert.deepEqual(of('AWS::Logs::LogGroup', { RetentionInDays: { 'Fn::If': ['Long', 365, 8] } }), [
      'Thing.RetentionInDays 8 is not allowed',
    ]);
  });

  it('knows for each value where AWS says so', () => {
    for (const [key, { source }] of Object.entries(ALLOWED_VALUES)) {
      assert.match(source, /^https:\/\/docs\.aws\.amazon\.com\/\S+\.html/, key);
    }
  });
});
