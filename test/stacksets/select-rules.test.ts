import assert from 'node:assert/strict';
import { readReference } from '../../sql/reference-files.ts';
import { configRules } from '../../stacksets/rollout-configuration.ts';
import { readRuleFacts, type RuleFacts } from '../../stacksets/rule-facts.ts';
import { selectRules } from '../../stacksets/select-rules.ts';

describe('selectRules', () => {
  let facts: RuleFacts;

  before(async () => {
    facts = await readRuleFacts();
  });

  const select = (choice: unknown) => selectRules(facts, configRules.parse(choice));
  const names = (choice: unknown) => select(choice).rules.map(({ name }) => name);
  const reason = (choice: unknown, name: string) => select(choice).leftOut.find((rule) => rule.name === name)?.reason;
  const problems = (choice: unknown) =>
    select(choice).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('puts every rule in exactly one of rolled out and left out, whatever is chosen', () => {
    const everything = [...facts.rules.keys(), ...facts.leftOut.map(({ name }) => name)].sort();

    for (const choice of [{}, { level: 'full' }, { level: 'full', leaveOutStandards: ['FSBP', 'PCI-4.0.1'] }]) {
      const { rules, leftOut } = select(choice);
      assert.deepEqual([...rules, ...leftOut].map(({ name }) => name).sort(), everything);
    }
  });

  it('takes the essential rules at level essential, and those and the others at level full', () => {
    const essential = names({});
    const full = names({ level: 'full' });

    assert.ok(essential.every((name) => full.includes(name)));
    assert.ok(essential.includes('restricted-ssh') && !essential.includes('sns-encrypted-kms'));
    assert.equal(reason({}, 'sns-encrypted-kms'), 'not part of level essential');
  });

  it('leaves out exactly the rules that controls of a standard are known to evaluate', async () => {
    const controls = await readReference('aws/securityhub-controls.csv');
    const evaluated = new Set(
      controls
        .filter(({ status }) => status === 'active' || status === 'retiring')
        .filter((row) => row['standards']?.split(';').includes('FSBP') && row['config_rule_kind'] === 'managed')
        .filter((row) => row['config_rule_basis'] !== 'title-match')
        .map((row) => row['config_rule_name']),
    );

    const without = names({ level: 'full', leaveOutStandards: ['FSBP'] });

    assert.deepEqual(
      without,
      names({ level: 'full' }).filter((name) => !evaluated.has(name)),
    );
    assert.ok(without.includes('docdb-cluster-encrypted'), 'its control is a guess from the title');
    assert.ok(without.includes('ebs-in-backup-plan'), 'no control evaluates it');
  });

  it('says which control evaluates a rule that is left out for a standard, and that its parameters are of no use', () => {
    const choice = { leaveOutStandards: ['FSBP'], parameters: { 'access-keys-rotated': { maxAccessKeyAge: '45' } } };

    assert.equal(
      reason(choice, 'access-keys-rotated'),
      'evaluated by Security Hub for IAM.3 (FSBP); its parameters in the configuration have no effect',
    );
    assert.deepEqual(problems(choice), []);
  });

  it('leaves out by name', () => {
    assert.equal(reason({ without: ['restricted-ssh'] }, 'restricted-ssh'), 'left out by the configuration (without)');
  });

  it('sets parameters, and keeps the others as they are', () => {
    const { rules } = select({ parameters: { 'iam-password-policy': { MaxPasswordAge: '45' } } });

    const values = rules.find(({ name }) => name === 'iam-password-policy')?.parameters;
    const value = (name: string) => values?.find((parameter) => parameter.name === name)?.value;
    assert.deepEqual([value('MaxPasswordAge'), value('MinimumPasswordLength')], ['45', '14']);
  });

  it('leaves a rule out that needs a value of the organisation, until it is there', () => {
    const choice = { level: 'full', parameters: { 'approved-amis-by-id': { amiIds: 'ami-0123456789abcdef0' } } };

    assert.equal(
      reason({ level: 'full' }, 'approved-amis-by-id'),
      'needs amiIds, which every organisation has to choose: set it under configRules.parameters',
    );
    assert.ok(names(choice).includes('approved-amis-by-id'));
  });

  it('says what is wrong with a rule name that is unknown or never rolled out', () => {
    const choice = {
      without: ['restricted-shh'],
      parameters: { 'restricted-shh': { port: '22' } },
      correct: ['fms-webacl-resource-policy-check'],
    };

    assert.deepEqual(problems(choice), [
      'without.restricted-shh: there is no rule restricted-shh that could be rolled out: correct the name, or remove it',
      'parameters.restricted-shh: there is no rule restricted-shh that could be rolled out: correct the name, or remove it',
      'correct.fms-webacl-resource-policy-check: the rule fms-webacl-resource-policy-check is never rolled out (deprecated: AWS is withdrawing it): remove it',
    ]);
  });

  it('says what is wrong with a parameter that a rule does not have, and with a value of the wrong type', () => {
    const choice = {
      parameters: {
        'access-keys-rotated': { maxAccesKeyAge: '90', maxAccessKeyAge: 'ninety' },
        'restricted-ssh': { port: '22' },
        'redshift-cluster-configuration-check': { loggingEnabled: 'yes' },
        'netfw-policy-default-action-full-packets': { statelessDefaultActions: 'aws:drop,,' },
      },
    };

    assert.deepEqual(problems(choice), [
      'parameters.access-keys-rotated.maxAccesKeyAge: the rule access-keys-rotated has no parameter maxAccesKeyAge: it takes maxAccessKeyAge',
      'parameters.access-keys-rotated.maxAccessKeyAge: must be a whole number, since AWS documents it as int',
      'parameters.restricted-ssh.port: the rule restricted-ssh has no parameter port: it takes none, remove it',
      'parameters.redshift-cluster-configuration-check.loggingEnabled: must be true or false, since AWS documents it as boolean',
      'parameters.netfw-policy-default-action-full-packets.statelessDefaultActions: must be a list with commas, none of it empty, since AWS documents it as CSV',
    ]);
  });

  it('corrects nothing by itself', () => {
    for (const level of ['essential', 'full']) {
      assert.deepEqual(
        select({ level }).rules.filter(({ correction }) => correction !== undefined),
        [],
      );
    }
  });

  it('corrects the rules named, and to what the configuration asks of them', () => {
    const { rules, problems } = select({
      correct: ['iam-user-unused-credentials-check', 's3-bucket-versioning-enabled'],
      parameters: { 'iam-user-unused-credentials-check': { maxCredentialUsageAge: '45' } },
    });

    const corrected = rules.filter(({ correction }) => correction !== undefined);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      corrected.map(({ correction }) => correction),
      [
        {
          document: 'AWSConfigRemediation-RevokeUnusedIAMUserCredentials',
          resourceParameter: 'IAMResourceId',
          parameters: { MaxCredentialUsageAge: ['45'] },
        },
        {
          document: 'AWS-ConfigureS3BucketVersioning',
          resourceParameter: 'BucketName',
          parameters: { VersioningState: ['Enabled'] },
        },
      ],
    );
  });

  it('refuses to correct what has no runbook, or is not rolled out', () => {
    const found = problems({ correct: ['restricted-ssh', 'cmk-backing-key-rotation-enabled'] });

    assert.match(
      found[0] ?? '',
      /^correct\.restricted-ssh: there is no correction for restricted-ssh: remove it\. There/,
    );
    assert.equal(
      found[1],
      'correct.cmk-backing-key-rotation-enabled: the rule cmk-backing-key-rotation-enabled is not rolled out, so nothing would be corrected: remove it, or roll it out',
    );
  });
});
