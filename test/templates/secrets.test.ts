import assert from 'node:assert/strict';
import { secretsIn } from './secrets.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates } from './synthesised-templates.ts';
import type { Parameter } from './template.ts';

describe('every template', () => {
  it('holds no secret, asks for none, and has no place for one', () => {
    for (const { name, template } of synthesisedTemplates()) assert.deepEqual(secretsIn(template), [], name);
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('secretsIn', () => {
  const ofEnvironment = (variables: Record<string, unknown>) =>
    secretsIn({
      Resources: { Thing: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: variables } } } },
    });
  const ofParameter = (name: string, parameter: Partial<Parameter> = {}) =>
    secretsIn({ Parameters: { [name]: { Type: 'String', ...parameter } }, Resources: {} });
  const variable = (name: string) => `Resources.Thing.Properties.Environment.Variables.${name}`;

  it('finds nothing in addresses, names and ARNs', () => {
    const url = {
      'Fn::Join': ['', ['postgresql://owner@', { 'Fn::GetAtt': ['Db', 'Endpoint.Address'] }, ':5432/soc']],
    };

    assert.deepEqual(ofEnvironment({ DATABASE_URL: url, DATABASE_SECRET_ARN: { Ref: 'Secret' }, LANGUAGE: 'en' }), []);
    assert.deepEqual(ofParameter('VpcId'), []);
  });

  it('finds what looks like one, put together or not', () => {
    // Put together here too, so that nobody who looks for secrets finds them in this file.
    const id = ['AK', 'IAIOSFODNN7EXAMPLE'].join('');

    assert.deepEqual(ofEnvironment({ A: `key ${id}` }), [`${variable('A')}: an access key id`]);
    assert.deepEqual(ofEnvironment({ A: `-----BEGIN RSA ${'PRIVATE'} KEY-----` }), [`${variable('A')}: a private key`]);
    assert.deepEqual(ofEnvironment({ A: { 'Fn::Join': ['', ['postgresql://owner:', 'hunter2', '@host/soc']] } }), [
      `${variable('A')}: a password in an address`,
    ]);
    assert.deepEqual(ofEnvironment({ A: '{{resolve:secretsmanager:arn:SecretString:password}}' }), [
      `${variable('A')}: a secret resolved into the template`,
    ]);
  });

  it('finds what is named like one, whatever it holds', () => {
    assert.deepEqual(ofEnvironment({ DB_PASSWORD: { Ref: 'Answer' } }), [`${variable('DB_PASSWORD')}: a secret`]);
    assert.deepEqual(ofEnvironment({ API_TOKEN: 'x' }), [`${variable('API_TOKEN')}: a secret`]);
    assert.deepEqual(
      secretsIn({
        Resources: { Thing: { Type: 'AWS::RDS::DBInstance', Properties: { MasterUserPassword: { Ref: 'Answer' } } } },
      }),
      ['Resources.Thing.Properties.MasterUserPassword: a secret'],
    );
  });

  it('finds parameters that ask for one', () => {
    assert.deepEqual(ofParameter('Answer', { NoEcho: true }), ['Parameters.Answer: is asked for as a secret']);
    assert.deepEqual(ofParameter('DbPassword', { Default: 'postgres' }), [
      'Parameters.DbPassword: is named like a secret',
      'Parameters.DbPassword: a secret with a default',
    ]);
  });

  it('never repeats it', () => {
    assert.doesNotMatch(ofEnvironment({ A: 'postgresql://owner:hunter2@host/soc' }).join(), /hunter2/);
  });
});
