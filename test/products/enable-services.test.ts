import assert from 'node:assert/strict';
import { resourcesOf, statementsOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from '../portfolio/synthesis.ts';

const CONDITIONS = [
  'EnableServicesWanted5E546D19',
  'EnableConfigWanted',
  'EnableSecurityHubWanted',
  'EnableGuardDutyWanted',
];

describe('the enabling of services', () => {
  let template: Template;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
  });

  it('is off unless it is asked for', () => {
    for (const name of ['EnableConfig', 'EnableSecurityHub', 'SecurityHubStandards', 'EnableGuardDuty']) {
      assert.equal(template.Parameters[name]?.Default, 'no', name);
    }
  });

  it('makes nothing where nothing is asked for', () => {
    const made = Object.entries(template.Resources).filter(([id]) => id.startsWith('EnableServices'));

    assert.ok(made.length > 10);
    for (const [id, { Condition = '' }] of made) assert.ok(CONDITIONS.includes(Condition), id);
  });

  it('declares none of the services itself, which would fail where one is on and turn it off with the stack', () => {
    for (const type of ['AWS::SecurityHub::Hub', 'AWS::GuardDuty::Detector', 'AWS::Config::ConfigurationRecorder'])
      assert.deepEqual(resourcesOf(template, type), [], type);
  });

  it('may turn on what was asked for, and nothing off', () => {
    const actions = statementsOf(template)
      .filter(([id]) => id.startsWith('EnableServicesHandler'))
      .flatMap(([, { Action }]) => Action);

    assert.ok(actions.includes('securityhub:EnableSecurityHub'));
    for (const action of actions) assert.doesNotMatch(action, /:(Delete|Disable|Stop|Update|Disassociate)|\*/);
  });

  it('may make the roles of these services only, and hand on that of AWS Config to it only', () => {
    const roles = statementsOf(template).filter(([, { Action }]) => /iam:(?!GetRole")/.test(JSON.stringify(Action)));

    assert.equal(roles.length, 4);
    for (const [id, { Condition = {} }] of roles) {
      const tested = Object.keys(Condition['StringEquals'] ?? {});
      assert.ok(tested.includes('iam:AWSServiceName') || tested.includes('iam:PassedToService'), id);
    }
  });

  it('keeps the history of AWS Config, and its right to add to it, when the product goes', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy']) {
      const [[, resource] = []] = resourcesOf(template, type);
      assert.deepEqual([resource?.DeletionPolicy, resource?.UpdateReplacePolicy], ['Retain', 'Retain'], type);
    }
  });

  it('says in an output what it turned on, where it did', () => {
    const { Condition } = template.Outputs['EnabledServices'] as { Condition?: string };

    assert.equal(Condition, CONDITIONS[0]);
  });
});
