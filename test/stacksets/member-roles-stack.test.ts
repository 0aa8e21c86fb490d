import assert from 'node:assert/strict';
import type { Subject } from '../../lambda/remediation/action.ts';
import { ACTIONS } from '../../lambda/remediation/actions.ts';
import { sourceIdentityOf } from '../../lambda/core/member-role.ts';
import { permissionsOf, type Step } from '../../lambda/remediation/permission.ts';
import {
  type CorrectionStatement,
  correctionStatements,
  RUNBOOK_RIGHTS,
} from '../../stacksets/correction-statements.ts';
import { MemberRolesStack, type MemberRolesStackProps } from '../../stacksets/member-roles-stack.ts';
import { remediationGrants, remediationStatements } from '../../stacksets/remediation-statements.ts';
import { isAllowed, type ResolvedStatement, resolveStatement } from '../portfolio/iam-evaluator.ts';
import type { Statement, Template } from '../portfolio/synthesis.ts';
import { deployedIn } from './deployed-resources.ts';
import { rule, templateOf } from './member-stack.ts';

const HUB = '444455556666';
const MEMBER = '555566667777';
const ROLE = 'AWS::IAM::Role';

const INSTALLATION = { account: MEMBER, region: 'eu-west-1', bucket: 'none', launchRole: 'none' };

const CHANGE: CorrectionStatement = {
  sid: 'Change',
  actions: ['s3:PutBucketVersioning'],
  resources: ['arn:aws:s3:::example'],
};

const stackOf = (more: Partial<MemberRolesStackProps> = {}) =>
  templateOf(
    (app) =>
      new MemberRolesStack(app, 'Stack', {
        hubAccount: HUB,
        organizationId: 'o-exampleorgid',
        publish: true,
        coverage: { except: [] },
        ...more,
      }),
  );

const rolesIn = (template: Template, account = MEMBER) =>
  Object.values(deployedIn(template, { account, region: 'eu-west-1' }))
    .filter(({ Type }) => Type === ROLE)
    .map(({ Properties }) => `${String(Properties['Path'])}${String(Properties['RoleName'])}`);

function statements(template: Template, id: string, property: string): ResolvedStatement[] {
  const document = template.Resources[id]?.Properties[property] as { Statement: Statement[] };
  return document.Statement.map((statement) => resolveStatement(statement, template, INSTALLATION));
}

describe('the member roles', () => {
  it('are the one for publishing by default, under the name that the product takes', () => {
    assert.deepEqual(rolesIn(stackOf()), ['/virtual-soc/virtual-soc-publish']);
  });

  it('are one for each thing that is chosen', () => {
    const template = stackOf({ remediate: [CHANGE], correct: [CHANGE] });

    assert.deepEqual(rolesIn(template), [
      '/virtual-soc/virtual-soc-publish',
      '/virtual-soc/virtual-soc-remediate',
      '/virtual-soc/virtual-soc-correct',
    ]);
  });

  it('are none for what has no rights to give', () => {
    assert.deepEqual(rolesIn(stackOf({ publish: false, remediate: [], correct: [] })), []);
  });

  it('are none in an account that is excluded', () => {
    const template = stackOf({ coverage: { except: [MEMBER] } });

    assert.deepEqual(rolesIn(template), []);
    assert.deepEqual(rolesIn(template, '666677778888'), ['/virtual-soc/virtual-soc-publish']);
  });

  it('have one policy each, with what is theirs', () => {
    const template = stackOf({ remediate: [CHANGE] });

    assert.deepEqual(template.Resources['RemediatePolicy']?.Properties['Roles'], [{ Ref: 'RemediateRole' }]);
    assert.deepEqual(
      statements(template, 'RemediatePolicy', 'PolicyDocument').flatMap(({ Action }) => Action),
      ['s3:PutBucketVersioning'],
    );
  });
});

describe('the trust of a member role', () => {
  const template = stackOf({ remediate: [CHANGE], correct: [CHANGE] });

  const caller = {
    'aws:PrincipalArn': `arn:aws:iam::${HUB}:role/virtual-soc/publisher/SC-1-EnrichFinding-AbCd`,
    'aws:PrincipalOrgID': 'o-exampleorgid',
    'sts:SourceIdentity': `virtual-soc-${HUB}`,
  };
  const lets = (role: string, context: Record<string, string>, action = 'sts:AssumeRole') =>
    isAllowed(statements(template, `${role}Role`, 'AssumeRolePolicyDocument'), {
      action,
      resource: '*',
      context,
    });
  const without = (key: keyof typeof caller) =>
    Object.fromEntries(Object.entries(caller).filter(([name]) => name !== key));
  const as = (arn: string) => ({ ...caller, 'aws:PrincipalArn': arn });

  it('names the hub account, and nobody else', () => {
    for (const id of ['PublishRole', 'RemediateRole']) {
      const { Statement } = template.Resources[id]?.Properties['AssumeRolePolicyDocument'] as {
        Statement: Statement[];
      };
      const { AWS: principal } = Statement[0]?.Principal as { AWS: { 'Fn::Join': unknown } };

      assert.equal(Statement.length, 1);
      assert.deepEqual(principal, {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${HUB}:root`]],
      });
    }
  });

  it('lets the functions of the hub in that write for owners, who say who they are', () => {
    assert.ok(lets('Publish', caller));
    assert.ok(lets('Publish', caller, 'sts:SetSourceIdentity'));
  });

  const refused: readonly [who: string, context: Record<string, string>][] = [
    ['another role of the hub', as(`arn:aws:iam::${HUB}:role/Admin`)],
    ['another function of the product', as(`arn:aws:iam::${HUB}:role/virtual-soc/SC-1-RollUpTactics-AbCd`)],
    ['a role of remediation', as(`arn:aws:iam::${HUB}:role/virtual-soc/remediator/SC-1-Remediate-AbCd`)],
    ['a user of the hub', as(`arn:aws:iam::${HUB}:user/virtual-soc/publisher/eve`)],
    ['the same role of another account', as('arn:aws:iam::777788889999:role/virtual-soc/publisher/SC-1-Role')],
    ['another organisation', { ...caller, 'aws:PrincipalOrgID': 'o-anotherorgid' }],
    ['whoever is in no organisation', without('aws:PrincipalOrgID')],
    ['whoever gives no source identity', without('sts:SourceIdentity')],
    ['whoever gives another source identity', { ...caller, 'sts:SourceIdentity': 'virtual-soc-777788889999' }],
    ['whoever is nobody', without('aws:PrincipalArn')],
  ];
  for (const [who, context] of refused) {
    it(`keeps ${who} out`, () => {
      assert.equal(lets('Publish', context), false);
      assert.equal(lets('Publish', context, 'sts:SetSourceIdentity'), false);
    });
  }

  it('lets only functions of remediation remediate', () => {
    assert.equal(lets('Remediate', caller), false);
    assert.ok(lets('Remediate', as(`arn:aws:iam::${HUB}:role/virtual-soc/remediator/SC-1-Remediate-AbCd`)));
  });

  it('allows nothing but to become the role', () => {
    assert.equal(lets('Publish', caller, 'sts:TagSession'), false);
    assert.equal(lets('Publish', caller, 'sts:AssumeRoleWithWebIdentity'), false);
  });

  const execution = `arn:aws:ssm:eu-central-1:${MEMBER}:automation-execution/0f1e2d3c-0000-1111-2222-0123456789ab`;

  it('lets Systems Manager correct, for executions of the account only', () => {
    const of = (account: string, arn: string) => ({ 'aws:SourceAccount': account, 'aws:SourceArn': arn });

    assert.ok(lets('Correct', of(MEMBER, execution)));
    assert.equal(lets('Correct', of('777788889999', execution.replace(MEMBER, '777788889999'))), false);
    assert.equal(lets('Correct', of(MEMBER, `arn:aws:ssm:eu-central-1:${MEMBER}:document/Own`)), false);
    assert.equal(lets('Correct', {}), false);
    assert.equal(lets('Correct', caller), false);
  });
});

describe('the role for publishing', () => {
  const policies = statements(stackOf(), 'PublishPolicy', 'PolicyDocument');
  const may = (action: string, resource: string, target = MEMBER) =>
    isAllowed(policies, { action, resource, context: { 'securityhub:TargetAccount': target } });
  const own = (region: string, account = MEMBER) =>
    `arn:aws:securityhub:${region}:${account}:product/${account}/default`;

  it('imports findings of its account under its own default product, in any Region', () => {
    assert.ok(may('securityhub:BatchImportFindings', own('eu-west-1')));
    assert.ok(may('securityhub:BatchImportFindings', own('us-east-1')));
  });

  it('does nothing else', () => {
    assert.equal(may('securityhub:BatchImportFindings', own('eu-west-1', HUB)), false);
    assert.equal(may('securityhub:BatchImportFindings', own('eu-west-1'), HUB), false);
    assert.equal(may('securityhub:BatchImportFindings', 'arn:aws:securityhub:eu-west-1::product/aws/guardduty'), false);
    assert.equal(may('securityhub:BatchUpdateFindings', own('eu-west-1')), false);
    assert.equal(may('securityhub:GetFindings', own('eu-west-1')), false);
    assert.equal(may('sts:AssumeRole', `arn:aws:iam::${HUB}:role/Admin`), false);
  });
});

describe('the role for remediation', () => {
  const everything = remediationGrants({ plan: [], apply: ACTIONS.map(({ id }) => id) });
  const template = stackOf({ remediate: remediationStatements(HUB, everything), isolationGroup: true });
  const ids = Object.keys(template.Resources).filter((id) => /^RemediatePolicy\d*$/.test(id));
  const policies = ids.flatMap((id) => statements(template, id, 'PolicyDocument'));
  const session = { 'aws:SourceIdentity': sourceIdentityOf({ accountId: HUB }), 'aws:RequestedRegion': 'eu-west-1' };

  /** Requests of a step: each action on each resource, with the values that its conditions ask for. */
  function requestsOf(action: (typeof ACTIONS)[number], step: Step) {
    const names: Subject['names'] = { partition: 'aws', account: MEMBER, region: 'eu-west-1' };
    const filled = (text: string) =>
      text.replace(/\{(\w+)\}/g, (_, name: string) => [names[name] ?? 'example'].flat()[0] ?? '');
    return permissionsOf(action, step).flatMap(({ actions, resources, conditions = {} }) => {
      const asked = Object.values(conditions).flatMap((tests) => Object.entries(tests));
      const context = { ...session, ...Object.fromEntries(asked.map(([key, value]) => [key, filled(value)])) };
      return actions.flatMap((name) =>
        resources.map((resource) => ({ action: name, resource: filled(resource), context })),
      );
    });
  }

  for (const { id } of ACTIONS) {
    it(`may plan and apply ${id}, and nothing of it outside of sessions of the hub`, () => {
      const action = ACTIONS.find((one) => one.id === id);
      assert.ok(action);

      const requests = (['plan', 'apply'] as const).flatMap((step) => requestsOf(action, step));

      assert.ok(requests.length > 0);
      for (const request of requests) {
        assert.ok(isAllowed(policies, request), `${request.action} on ${request.resource}`);
        const others = { ...request.context, 'aws:SourceIdentity': 'virtual-soc-777788889999' };
        assert.equal(isAllowed(policies, { ...request, context: others }), false);
      }
    });
  }

  it('may undo whatever can be undone, and make nothing public again where IAM can tell', () => {
    const refused = ACTIONS.filter((action) =>
      requestsOf(action, 'undo').some((request) => !isAllowed(policies, request)),
    );
    assert.deepEqual(refused, []);

    const resource = 'arn:aws:ec2:eu-west-1::snapshot/snap-0a';
    const context = { ...session, 'ec2:Add/group': 'all' };
    assert.equal(isAllowed(policies, { action: 'ec2:ModifySnapshotAttribute', resource, context }), false);
    const image = 'arn:aws:ec2:eu-west-1::image/ami-0a';
    const ofPrivate = { ...session, 'ec2:Public': 'false' };
    assert.equal(
      isAllowed(policies, { action: 'ec2:ModifyImageAttribute', resource: image, context: ofPrivate }),
      false,
    );
  });

  it('has several policies within the limits of IAM, and the denials with them', () => {
    const denied = policies.filter(({ Effect }) => Effect === 'Deny');

    assert.ok(ids.length > 1 && ids.length <= 10);
    for (const id of ids) {
      const document = { Version: '2012-10-17', Statement: statements(template, id, 'PolicyDocument') };
      assert.ok(JSON.stringify(document).length <= 6144, id);
      assert.deepEqual(template.Resources[id]?.Properties['Roles'], [{ Ref: 'RemediateRole' }]);
    }
    assert.equal(denied.length, 1);
    assert.ok(denied[0]?.Resource.includes(`arn:aws:iam::${MEMBER}:role/virtual-soc/*`));
  });

  it('never touches a role of ours, whatever else it may', () => {
    const mayChange = (resource: string) =>
      isAllowed(policies, { action: 'iam:PutRolePolicy', resource, context: session });

    assert.ok(mayChange(`arn:aws:iam::${MEMBER}:role/application`));
    assert.equal(mayChange(`arn:aws:iam::${MEMBER}:role/virtual-soc/virtual-soc-remediate`), false);
  });

  it('comes with the group that users are isolated in, who may do nothing then', () => {
    const { IsolationGroup: group, RemediateRole: role } = template.Resources;
    const [denial] = statements(template, 'IsolationPolicy', 'PolicyDocument');

    assert.deepEqual(
      [group?.Type, group?.Properties['Path'], group?.Properties['GroupName']],
      ['AWS::IAM::Group', '/virtual-soc/', 'virtual-soc-isolation'],
    );
    assert.deepEqual([denial?.Effect, denial?.Action, denial?.Resource], ['Deny', ['*'], ['*']]);
    assert.equal(group?.Condition, role?.Condition);
  });
});

describe('the role of corrections', () => {
  const corrected = (document: string) =>
    rule('a-rule', { correction: { document, resourceParameter: 'Id', parameters: {} } });
  const policies = (...documents: string[]) =>
    statements(stackOf({ correct: correctionStatements(documents.map(corrected)) }), 'CorrectPolicy', 'PolicyDocument');
  const here = { 'aws:PrincipalAccount': MEMBER, 'aws:ResourceAccount': MEMBER };
  const may = (documents: readonly string[], action: string, resource: string, context = here) =>
    isAllowed(policies(...documents), { action, resource, context });

  it('is none where nothing is corrected', () => {
    assert.deepEqual(correctionStatements([rule('a-rule')]), []);
  });

  it('may do what the runbook needs, and nothing that another one would', () => {
    const documents = ['AWSConfigRemediation-EnablePITRForDynamoDbTable'];
    const table = `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/orders`;

    assert.ok(may(documents, 'dynamodb:UpdateContinuousBackups', table));
    assert.equal(may(documents, 'dynamodb:DeleteTable', table), false);
    assert.equal(may(documents, 's3:PutBucketVersioning', 'arn:aws:s3:::orders'), false);
    assert.equal(may(documents, 'dynamodb:UpdateContinuousBackups', table.replace(MEMBER, HUB)), false);
  });

  it('runs no runbook but those', () => {
    const forms = [(name: string) => `document/${name}`, (name: string) => `automation-definition/${name}:1`];
    const execution = `arn:aws:ssm:eu-west-1:${MEMBER}:automation-execution/0f1e2d3c`;
    const mayStart = (resource: string) =>
      may(['AWS-ConfigureS3BucketVersioning'], 'ssm:StartAutomationExecution', resource);

    assert.ok(mayStart(execution));
    for (const form of forms) {
      assert.ok(mayStart(`arn:aws:ssm:eu-west-1::${form('AWS-ConfigureS3BucketVersioning')}`));
      assert.equal(mayStart(`arn:aws:ssm:eu-west-1::${form('AWS-RunShellScript')}`), false);
    }
  });

  it('reaches no bucket of another account, as the name of a bucket does not say whose it is', () => {
    const documents = ['AWS-ConfigureS3BucketVersioning'];

    assert.ok(may(documents, 's3:PutBucketVersioning', 'arn:aws:s3:::orders'));
    assert.equal(
      may(documents, 's3:PutBucketVersioning', 'arn:aws:s3:::orders', { ...here, 'aws:ResourceAccount': HUB }),
      false,
    );
  });

  it('has no wildcard action, whatever the runbook', () => {
    for (const document of Object.keys(RUNBOOK_RIGHTS)) {
      const actions = policies(document).flatMap(({ Action }) => Action);
      assert.ok(actions.length > 2 && !actions.some((action) => action.includes('*')), document);
    }
  });
});
