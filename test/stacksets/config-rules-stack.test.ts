import assert from 'node:assert/strict';
import { ConfigRulesStack, type RolledOutRules } from '../../stacksets/config-rules-stack.ts';
import type { Correction } from '../../stacksets/config-rule.ts';
import { deployedIn, type Place, valuesOf } from './deployed-resources.ts';
import { pack, rule, templateOf } from './member-stack.ts';

const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'];
const PACK = 'AWS::Config::ConformancePack';
const RULE = 'AWS::Config::ConfigRule';
const REMEDIATION = 'AWS::Config::RemediationConfiguration';

const CORRECTION: Correction = {
  document: 'AWSConfigRemediation-EnableKeyRotation',
  resourceParameter: 'KeyId',
  parameters: { Period: ['365'] },
};

const place = (region: string, account = '555566667777'): Place => ({ account, region });
const stackOf = (rules: RolledOutRules, except: readonly string[] = ['222233334444']) =>
  templateOf(
    (app) =>
      new ConfigRulesStack(app, 'Stack', { rules, regions: REGIONS, globalRegion: 'eu-west-1', coverage: { except } }),
  );

describe('the stack of rules, as conformance packs', () => {
  const packsOf = (...packs: ReturnType<typeof pack>[]) => stackOf({ rendering: 'conformance-packs', packs });

  it('makes the packs that a Region has', () => {
    const template = packsOf(
      pack('virtual-soc-identity', REGIONS),
      pack('virtual-soc-global', ['eu-west-1']),
      pack('virtual-soc-us-east-1', ['us-east-1']),
    );
    const namesIn = (region: string) => valuesOf(template, place(region), PACK, 'ConformancePackName');

    assert.deepEqual(namesIn('eu-west-1'), ['virtual-soc-identity', 'virtual-soc-global']);
    assert.deepEqual(namesIn('eu-central-1'), ['virtual-soc-identity']);
    assert.deepEqual(namesIn('us-east-1'), ['virtual-soc-identity', 'virtual-soc-us-east-1']);
  });

  it('makes none in an account that is excluded', () => {
    const template = packsOf(pack('virtual-soc-identity', REGIONS), pack('virtual-soc-global', ['eu-west-1']));

    assert.deepEqual(valuesOf(template, place('eu-west-1', '222233334444'), PACK, 'ConformancePackName'), []);
  });

  it('gives each Region the variant that is for it', () => {
    const template = packsOf(pack('virtual-soc-identity', ['eu-west-1'], ['us-east-1'], ['eu-central-1']));

    for (const region of REGIONS) {
      const [body = ''] = valuesOf(template, place(region), PACK, 'TemplateBody');
      assert.equal(body.split('\n')[0], `# virtual-soc-identity in ${region}`);
    }
  });

  it('gives the right variant where a pack is not everywhere', () => {
    const template = packsOf(pack('virtual-soc-identity', ['eu-west-1'], ['us-east-1']));

    assert.match(valuesOf(template, place('us-east-1'), PACK, 'TemplateBody')[0] ?? '', /in us-east-1/);
    assert.deepEqual(valuesOf(template, place('eu-central-1'), PACK, 'TemplateBody'), []);
  });

  it('fills in account and partition, which a pack cannot do itself', () => {
    const body = 'Role: arn:${AWS::Partition}:iam::${AWS::AccountId}:role/x\n';
    const template = packsOf({ name: 'virtual-soc-identity', variants: [{ regions: REGIONS, rules: [], body }] });

    assert.deepEqual(valuesOf(template, place('eu-west-1'), PACK, 'TemplateBody'), [
      'Role: arn:aws:iam::555566667777:role/x\n',
    ]);
  });

  it('refuses a body in which CloudFormation would replace something else', () => {
    for (const body of ['a: ${Region}', 'a: ${!Literal}', 'a: ${open']) {
      const broken = { name: 'virtual-soc-identity', variants: [{ regions: REGIONS, rules: [], body }] };
      assert.throws(() => packsOf(broken), /virtual-soc-identity: its body has \$\{/, body);
    }
  });

  it('makes one pack after the other, and waits for none that a Region lacks', () => {
    const { Resources } = packsOf(
      pack('virtual-soc-identity', REGIONS),
      pack('virtual-soc-global', ['eu-west-1']),
      pack('virtual-soc-us-east-1', ['us-east-1']),
      pack('virtual-soc-resilience', REGIONS),
    );
    const behind = (id: string) => Resources[id]?.DependsOn;

    assert.equal(behind('PackIdentity'), undefined);
    assert.deepEqual(behind('PackResilience'), ['PackIdentity']);
    assert.equal(behind('PackGlobal'), undefined);
    assert.equal(behind('PackUsEast1'), undefined);
  });
});

describe('the stack of rules, one by one', () => {
  const rulesOf = (...rules: ReturnType<typeof rule>[]) => stackOf({ rendering: 'config-rules', rules });

  it('makes the rules that a Region has', () => {
    const template = rulesOf(
      rule('s3-bucket-versioning-enabled', { missingIn: ['eu-central-1'] }),
      rule('iam-password-policy', { scope: 'global' }),
      rule('cloudfront-viewer-policy-https', { scope: 'us-east-1' }),
      rule('access-keys-rotated'),
    );
    const namesIn = (region: string) => valuesOf(template, place(region), RULE, 'ConfigRuleName');

    assert.deepEqual(namesIn('eu-west-1'), [
      's3-bucket-versioning-enabled',
      'iam-password-policy',
      'access-keys-rotated',
    ]);
    assert.deepEqual(namesIn('eu-central-1'), ['access-keys-rotated']);
    assert.deepEqual(namesIn('us-east-1'), [
      's3-bucket-versioning-enabled',
      'cloudfront-viewer-policy-https',
      'access-keys-rotated',
    ]);
  });

  it('makes none in an account that is excluded', () => {
    const template = rulesOf(rule('iam-password-policy', { scope: 'global' }), rule('access-keys-rotated'));

    assert.deepEqual(valuesOf(template, place('eu-west-1', '222233334444'), RULE, 'ConfigRuleName'), []);
  });

  it('leaves out a rule that no Region has', () => {
    const template = rulesOf(rule('access-keys-rotated', { missingIn: REGIONS }));

    assert.deepEqual(Object.keys(template.Resources), ['Always']);
  });

  it('names the managed rule, says what it is about, and gives its parameters', () => {
    const template = rulesOf(
      rule('access-keys-rotated', { parameters: [{ name: 'maxAccessKeyAge', value: '90', exposed: true }] }),
    );

    assert.deepEqual(template.Resources['AccessKeysRotated']?.Properties, {
      ConfigRuleName: 'access-keys-rotated',
      Description: 'About access-keys-rotated',
      InputParameters: { maxAccessKeyAge: '90' },
      Source: { Owner: 'AWS', SourceIdentifier: 'ACCESS_KEYS_ROTATED' },
    });
  });

  it('corrects with the role of the account, only where the rule is evaluated', () => {
    const template = rulesOf(rule('cmk-backing-key-rotation-enabled', { correction: CORRECTION, scope: 'global' }));
    const corrections = (region: string) =>
      Object.values(deployedIn(template, place(region))).filter(({ Type }) => Type === REMEDIATION);

    const [correction] = corrections('eu-west-1');
    assert.equal(correction?.Properties['TargetId'], 'AWSConfigRemediation-EnableKeyRotation');
    assert.equal(correction?.Properties['Automatic'], true);
    assert.deepEqual(correction?.Properties['Parameters'], {
      Period: { StaticValue: { Values: ['365'] } },
      AutomationAssumeRole: {
        StaticValue: { Values: ['arn:aws:iam::555566667777:role/virtual-soc/virtual-soc-correct'] },
      },
      KeyId: { ResourceValue: { Value: 'RESOURCE_ID' } },
    });
    assert.deepEqual(corrections('us-east-1'), []);
  });

  it('makes ten rules at a time', () => {
    const { Resources } = rulesOf(...Array.from({ length: 35 }, (_, index) => rule(`rule-${index}`)));
    const free = Object.values(Resources).filter(({ Type, DependsOn }) => Type === RULE && DependsOn === undefined);

    assert.equal(free.length, 10);
    assert.deepEqual(Resources['Rule34']?.DependsOn, ['Rule24']);
  });
});
