import assert from 'node:assert/strict';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { actionsOf, CASES } from '../../lambda/remediation/case.ts';
import { type Resource, resourcesOf, synthesis, SYNTHESIS_TIMEOUT, type Template } from '../portfolio/synthesis.ts';
import { configFinding, findingEvent } from '../support/source-findings.ts';
import { matches } from './event-pattern.ts';
import { patternOf } from './template-property.ts';

const CUSTOM_ACTION = 'arn:aws:securityhub:eu-west-1:444455556666:action/custom/VirtualSocRemediate';

/** A technique finding as Security Hub sends it. */
function techniqueEvent(techniqueId: string, finding: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return findingEvent(
    configFinding({
      GeneratorId: `virtual-soc/technique/${techniqueId}`,
      RecordState: 'ACTIVE',
      Workflow: { Status: 'NEW' },
      ...finding,
    }),
  );
}

describe('the remediation of the product', () => {
  let template: Template;
  let patterns: ReadonlyMap<string, Record<string, unknown>>;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    template = synthesis().product;
    patterns = new Map(CASES.map((name) => [name, patternOf(template, `Remediation${pascal(name)}FindingsRule`)]));
  });

  it('has a function for each case, which knows which one it is for', () => {
    const told = resourcesOf(template, 'AWS::Lambda::Function')
      .map(([, { Properties }]) => variablesOf(Properties)['REMEDIATION_CASE'])
      .filter((name) => name !== undefined);

    assert.deepEqual(told, CASES);
  });

  for (const name of CASES) {
    it(`brings what its actions answer to ${name}, sub-techniques too, and nothing else`, () => {
      const pattern = patterns.get(name) ?? {};
      const techniques = new Set(actionsOf(ACTIONS, name).flatMap(({ techniques: ids }) => ids));

      assert.ok(techniques.size > 0);
      for (const id of techniques) {
        assert.ok(matches(pattern, techniqueEvent(id)), id);
        assert.ok(matches(pattern, techniqueEvent(`${id}.001`)), id);
        assert.ok(!matches(pattern, techniqueEvent(`${id}9`)), id);
      }
      assert.ok(!matches(pattern, techniqueEvent('T1040')));
      assert.ok(!matches(pattern, findingEvent(configFinding({ GeneratorId: 'virtual-soc/tactic/TA0040' }))));
    });

    it(`brings what analysts pick for the custom action to ${name}, and no other custom action`, () => {
      const pattern = patterns.get(name) ?? {};
      const [id = ''] = actionsOf(ACTIONS, name).flatMap(({ techniques }) => techniques);
      const picked = { ...techniqueEvent(id), 'detail-type': 'Security Hub Findings - Custom Action' };

      assert.ok(matches(pattern, { ...picked, resources: [CUSTOM_ACTION] }));
      assert.ok(!matches(pattern, { ...picked, resources: [`${CUSTOM_ACTION}Two`] }));
    });

    it(`leaves alone what is closed or dealt with: ${name}`, () => {
      const pattern = patterns.get(name) ?? {};
      const [id = ''] = actionsOf(ACTIONS, name).flatMap(({ techniques }) => techniques);

      assert.ok(matches(pattern, techniqueEvent(id, { Workflow: { Status: 'NOTIFIED' } })));
      assert.ok(!matches(pattern, techniqueEvent(id, { RecordState: 'ARCHIVED' })));
      assert.ok(!matches(pattern, techniqueEvent(id, { Workflow: { Status: 'SUPPRESSED' } })));
    });
  }

  it('is all there only where a configuration is given', () => {
    const without = Object.entries(template.Resources)
      .filter(([id]) => id.startsWith('Remediation'))
      .filter(([, { Condition }]) => Condition !== 'RemediationWanted');

    assert.deepEqual(without, []);
  });

  it('has a policy for those who approve, which lets them call the URL and not the function, and gives it to nobody', () => {
    const [id = '', policy] =
      resourcesOf(template, 'AWS::IAM::ManagedPolicy').find(([name]) => name.startsWith('RemediationApprover')) ?? [];
    const { Description: _description, ...properties } = policy?.Properties ?? {};
    const [control = ''] =
      resourcesOf(template, 'AWS::Lambda::Function').find(([name]) => name.startsWith('RemediationControl')) ?? [];

    const Resource = { 'Fn::GetAtt': [control, 'Arn'] };
    assert.deepEqual(properties, {
      Path: '/virtual-soc/',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'CallTheUrl',
            Effect: 'Allow',
            Action: 'lambda:InvokeFunctionUrl',
            Resource,
            Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          },
          {
            Sid: 'NotTheFunction',
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource,
            Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
          },
        ],
      },
    });
    assert.deepEqual(template.Outputs['RemediationApproverPolicy'], {
      Description: 'IAM policy for those who may approve and undo',
      Value: { Ref: id },
      Condition: 'RemediationWanted',
    });
  });

  it('lets nobody invoke a function of it directly', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').filter(([id]) => id.startsWith('Remediation'));

    assert.deepEqual(
      permissions.map(([, { Properties }]) => Properties['Principal']),
      ['events.amazonaws.com'],
    );
  });

  it('raises an alarm where a function of it fails, what it began was cut off, or nobody is told', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));

    for (const name of CASES) assert.ok(alarms.includes(`AlarmsRemediate${pascal(name)}Errors`), name);
    const others = [
      'RemediationControlErrors',
      'SettleRemediationErrors',
      'RemediationsInterrupted',
      'RemediationsUntold',
    ];
    for (const name of others) {
      assert.ok(alarms.includes(`Alarms${name}`), name);
    }
  });

  it('hears of an hourly function that failed once', () => {
    const [, alarm] =
      resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([id]) => id.startsWith('AlarmsSettleRemediationErrors')) ??
      [];

    assert.deepEqual(
      ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'].map((name) => alarm?.Properties[name]),
      [3600, 1, 1, 0],
    );
  });
});

function pascal(name: string): string {
  return name
    .split('-')
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('');
}

function variablesOf(properties: Resource['Properties']): Readonly<Record<string, unknown>> {
  return (properties['Environment'] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
}
