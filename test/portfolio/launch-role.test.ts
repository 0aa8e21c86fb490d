import assert from 'node:assert/strict';
import {
  CUSTOM_RESOURCE,
  EVERY_LAUNCH,
  type Installation,
  RESOURCE_TYPE_RIGHTS,
} from '../../portfolio/launch-rights.ts';
import { isAllowed, type ResolvedStatement, resolveStatement } from './iam-evaluator.ts';
import { launchFailures, launchPolicies, requestContext } from './launch-failures.ts';
import {
  type Resource,
  resourcesOf,
  statementsOf,
  synthesis,
  SYNTHESIS_TIMEOUT,
  type Statement,
  type Template,
} from './synthesis.ts';

/** Characters without white space that IAM takes of a managed policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_OF_A_POLICY = 6144;
const MOST_POLICIES_OF_A_ROLE = 10;

/** Bytes of a template that a stack set takes with the request. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_INLINE_BYTES = 51_200;

const INSTALLATION: Installation = {
  account: '444455556666',
  region: 'eu-west-1',
  bucket: 'virtual-soc-111122223333-eu-west-1',
  launchRole: 'virtual-soc-launch',
};
const CONTEXT = requestContext(INSTALLATION);
const BOUNDARY = 'arn:aws:iam::444455556666:policy/virtual-soc-launch/virtual-soc-launch-boundary';

describe('the launch role', () => {
  let template: Template;
  let product: Template;
  let policies: readonly ResolvedStatement[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    ({ launchRole: template, product } = synthesis());
    policies = launchPolicies(template, INSTALLATION);
  });

  const may = (action: string, resource: string, context: Record<string, string> = {}) =>
    isAllowed(policies, { action, resource, context: { ...requestContext(INSTALLATION), ...context } });

  it('is a template of its own that a stack set can place: without assets, nested stacks or transforms', () => {
    const text = JSON.stringify(template);

    assert.deepEqual(Object.keys(template).sort(), ['Conditions', 'Description', 'Parameters', 'Resources']);
    assert.doesNotMatch(text, /cdk-hnb659fds|AWS::CloudFormation::Stack|Fn::Transform|\d{12}-eu-west-1-assets/);
    assert.ok(text.length < MOST_INLINE_BYTES, `${text.length} bytes`);
  });

  it('is within the limits of IAM', () => {
    const [[, role] = []] = resourcesOf(template, 'AWS::IAM::Role');
    const all = resourcesOf(template, 'AWS::IAM::ManagedPolicy');

    assert.ok(role);
    assert.ok(all.length - 1 <= MOST_POLICIES_OF_A_ROLE);
    for (const [id, { Properties }] of all) {
      const size = JSON.stringify(Properties['PolicyDocument']).length;
      assert.ok(size < MOST_OF_A_POLICY, `${id}: ${size}`);
    }
  });

  it('has the name that the launch constraint says, and no inline policy', () => {
    const [[, role] = []] = resourcesOf(template, 'AWS::IAM::Role');

    assert.deepEqual([role?.Properties['RoleName'], role?.Properties['Policies']], ['virtual-soc-launch', undefined]);
  });

  it('is assumed by Service Catalog only, for products of this account and Region', () => {
    const [[, role] = []] = resourcesOf(template, 'AWS::IAM::Role');
    const { Statement: trust } = role?.Properties['AssumeRolePolicyDocument'] as { Statement: Statement[] };

    assert.deepEqual(
      trust.map(({ Principal }) => Principal),
      [{ Service: 'servicecatalog.amazonaws.com' }],
    );
    const { Condition } = resolveStatement(trust[0] as Statement, template, INSTALLATION);
    assert.deepEqual(Condition, {
      StringEquals: { 'aws:SourceAccount': ['444455556666'] },
      StringLike: { 'aws:SourceArn': ['arn:aws:servicecatalog:eu-west-1:444455556666:*'] },
    });
  });

  it('may do what each resource type of the product takes', () => {
    assert.deepEqual(launchFailures(product, policies, INSTALLATION), []);
  });

  it('would be found to lack a right, or a resource type a row', () => {
    const withMore = {
      ...product,
      Resources: {
        Table: { Type: 'AWS::DynamoDB::Table', Properties: {} } as Resource,
        Key: {
          Type: 'AWS::KMS::Key',
          Properties: { Tags: [{ Key: 'virtual-soc', Value: 'product' }] },
          DeletionPolicy: 'Delete',
        } as Resource,
      },
    };

    assert.deepEqual(launchFailures(withMore, policies, INSTALLATION), [
      'AWS::DynamoDB::Table (Table): has no row in portfolio/launch-rights.ts',
      'AWS::KMS::Key (Key): kms:ScheduleKeyDeletion on arn:aws:kms:eu-west-1:444455556666:key/0f1e2d3c-0000-1111-2222-0123456789ab',
    ]);
  });

  it('would be found to lack rights to what the product does not tag', () => {
    const Resources = Object.fromEntries(
      Object.entries(product.Resources).map(([id, resource]) => {
        const { Tags: tags, ...Properties } = resource.Properties ?? {};
        return [id, tags === undefined ? resource : { ...resource, Properties }];
      }),
    );

    const lacking = launchFailures({ ...product, Resources }, policies, INSTALLATION);

    for (const action of ['ec2:AuthorizeSecurityGroupIngress', 'ec2:DeleteVpcEndpoints', 'kms:PutKeyPolicy'])
      assert.ok(
        lacking.some((failure) => failure.includes(`: ${action} on `)),
        action,
      );
  });

  it('names for each row the page of AWS that it rests on', () => {
    for (const [type, { page }] of Object.entries({ ...RESOURCE_TYPE_RIGHTS, EVERY_LAUNCH, CUSTOM_RESOURCE })) {
      assert.match(page, /^https:\/\/docs\.aws\.amazon\.com\/[\w/.-]+\.html$/, type);
    }
  });

  it('has no row that no resource type of the product needs', () => {
    const types = new Set(Object.values(product.Resources).map(({ Type }) => Type));

    assert.deepEqual(
      Object.keys(RESOURCE_TYPE_RIGHTS).filter((type) => !types.has(type)),
      [],
    );
  });

  it('may do nothing by a wildcard alone', () => {
    const wild = statementsOf(template).filter(
      ([, { Effect, Action }]) => Effect === 'Allow' && [Action].flat().some((action) => action.includes('*')),
    );
    const everywhere = statementsOf(template).filter(
      ([, { Effect, Resource, Condition }]) => Effect === 'Allow' && Resource === '*' && Condition === undefined,
    );

    assert.deepEqual([wild, everywhere], [[], []]);
  });

  const role = 'arn:aws:iam::444455556666:role/virtual-soc/SC-1-Role';
  const bounded = { 'iam:PermissionsBoundary': BOUNDARY };
  const group = 'arn:aws:ec2:eu-west-1:444455556666:security-group/sg-0123456789abcdef0';
  const endpoint = 'arn:aws:ec2:eu-west-1:444455556666:vpc-endpoint/vpce-0123456789abcdef0';
  const tag = (value: string) => ({ 'aws:ResourceTag/virtual-soc': value });
  const forbidden: readonly [what: string, action: string, resource: string, context?: Record<string, string>][] = [
    ['make a role without the boundary', 'iam:CreateRole', role],
    [
      'make a role with another boundary',
      'iam:CreateRole',
      role,
      { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    ['make a role elsewhere', 'iam:CreateRole', 'arn:aws:iam::444455556666:role/Admin', bounded],
    ['take the boundary away', 'iam:DeleteRolePermissionsBoundary', role, bounded],
    ['change the boundary', 'iam:CreatePolicyVersion', BOUNDARY],
    ['delete the boundary', 'iam:DeletePolicy', BOUNDARY],
    [
      "attach a policy of AWS's",
      'iam:AttachRolePolicy',
      role,
      { ...bounded, 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    ['write an inline policy', 'iam:PutRolePolicy', role, bounded],
    ['change itself', 'iam:UpdateAssumeRolePolicy', 'arn:aws:iam::444455556666:role/virtual-soc-launch'],
    ['pass a role to EC2', 'iam:PassRole', role, { 'iam:PassedToService': 'ec2.amazonaws.com' }],
    [
      'pass a role of others',
      'iam:PassRole',
      'arn:aws:iam::444455556666:role/Admin',
      { 'iam:PassedToService': 'lambda.amazonaws.com' },
    ],
    [
      'make the linked role of another service',
      'iam:CreateServiceLinkedRole',
      'arn:aws:iam::444455556666:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty',
      { 'iam:AWSServiceName': 'guardduty.amazonaws.com' },
    ],
    ['invoke functions of others', 'lambda:InvokeFunction', 'arn:aws:lambda:eu-west-1:444455556666:function:payroll'],
    [
      'give a function an address that anybody may call',
      'lambda:CreateFunctionUrlConfig',
      'arn:aws:lambda:eu-west-1:444455556666:function:SC-1-Function',
      { 'lambda:FunctionUrlAuthType': 'NONE' },
    ],
    ['delete buses of others', 'events:DeleteEventBus', 'arn:aws:events:eu-west-1:444455556666:event-bus/orders'],
    ['read other buckets', 's3:GetObject', 'arn:aws:s3:::payroll/salaries.csv'],
    ['open a security group of others', 'ec2:AuthorizeSecurityGroupIngress', group],
    ['delete a security group of others', 'ec2:DeleteSecurityGroup', group, tag('somebody-else')],
    ['delete an endpoint of others', 'ec2:DeleteVpcEndpoints', endpoint],
    ['change an endpoint of others', 'ec2:ModifyVpcEndpoint', endpoint, tag('somebody-else')],
    ['take tags from what is of others', 'ec2:DeleteTags', group],
    ['change the policy of a key of others', 'kms:PutKeyPolicy', 'arn:aws:kms:eu-west-1:444455556666:key/1'],
    [
      'let a service other than RDS have a key',
      'kms:CreateGrant',
      'arn:aws:kms:eu-west-1:444455556666:key/1',
      { 'kms:GrantIsForAWSResource': 'true', 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' },
    ],
    ['delete a key', 'kms:ScheduleKeyDeletion', 'arn:aws:kms:eu-west-1:444455556666:key/1'],
    ['decrypt by itself', 'kms:Decrypt', 'arn:aws:kms:eu-west-1:444455556666:key/1'],
    ['delete databases of others', 'rds:DeleteDBInstance', 'arn:aws:rds:eu-west-1:444455556666:db:payroll'],
    [
      'delete stacks of others',
      'cloudformation:DeleteStack',
      'arn:aws:cloudformation:eu-west-1:444455556666:stack/x/1',
    ],
    ['act in another Region', 'sqs:CreateQueue', 'arn:aws:sqs:us-east-1:444455556666:SC-1-Queue'],
  ];
  for (const [what, action, resource, context] of forbidden) {
    it(`may not ${what}`, () => assert.equal(may(action, resource, context), false));
  }
});

describe('the permissions boundary', () => {
  let product: Template;
  let boundary: readonly ResolvedStatement[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    const { launchRole, product: current } = synthesis();
    product = current;
    boundary = resourcesOf(launchRole, 'AWS::IAM::ManagedPolicy')
      .filter(([id]) => id.startsWith('Boundary'))
      .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
      .map((statement) => resolveStatement(statement, launchRole, INSTALLATION));
  });

  it('is on every role of the product, those of the CDK included', () => {
    for (const [id, { Properties }] of resourcesOf(product, 'AWS::IAM::Role')) {
      const [text] = resolveStatement(
        { Effect: 'Allow', Action: 'none', Resource: Properties['PermissionsBoundary'] },
        product,
        INSTALLATION,
      ).Resource;
      assert.equal(text, BOUNDARY, id);
      assert.match(Properties['Path'] as string, /^\/virtual-soc\//, id);
    }
  });

  it('leaves each role what its policies allow', () => {
    // One that belongs to no role is for people, who have no boundary of ours.
    const ofRoles = resourcesOf(product, 'AWS::IAM::ManagedPolicy').filter(([, { Properties }]) => Properties['Roles']);
    const refused = ofRoles.flatMap(([id, { Properties }]) =>
      (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.filter(({ Effect }) => Effect === 'Allow')
        .map((statement) => resolveStatement(statement, product, INSTALLATION))
        .flatMap((statement) => requestsOf(statement))
        .filter((request) => !isAllowed(boundary, request))
        .map(({ action, resource }) => `${id}: ${action} on ${resource}`),
    );

    assert.deepEqual(refused, []);
  });

  it('keeps a role from what it never needs, whatever its policies say', () => {
    for (const [action, resource] of [
      ['iam:CreateUser', 'arn:aws:iam::444455556666:user/eve'],
      ['iam:AttachRolePolicy', 'arn:aws:iam::444455556666:role/Admin'],
      ['sts:AssumeRole', 'arn:aws:iam::444455556666:role/Admin'],
      ['sts:AssumeRole', 'arn:aws:iam::777788889999:role/virtual-soc/publisher/SC-1-Role'],
      ['s3:GetObject', 'arn:aws:s3:::bucket-of-another-organisation/file'],
      ['sts:AssumeRole', 'arn:aws:iam::777788889999:role/virtual-soc/remediator/SC-1-Role'],
      ['securityhub:DisableSecurityHub', '*'],
      ['organizations:MoveAccount', 'arn:aws:organizations::111122223333:account/o-exampleorgid/777788889999'],
      ['events:PutEvents', 'arn:aws:events:eu-west-1:444455556666:event-bus/default'],
      ['securityhub:BatchImportFindings', 'arn:aws:securityhub:eu-west-1::product/aws/guardduty'],
      ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:payroll'],
      ['lambda:UpdateFunctionCode', 'arn:aws:lambda:eu-west-1:444455556666:function:SC-1-Function'],
    ] as const) {
      assert.equal(isAllowed(boundary, { action, resource, context: CONTEXT }), false, action);
    }
  });

  it('leaves a role notes on findings, and keeps it from suppressing or resolving one', () => {
    const note = { action: 'securityhub:BatchUpdateFindings', resource: '*', context: CONTEXT };
    const closing = { ...CONTEXT, 'securityhub:ASFFSyntaxPath/Workflow.Status': 'SUPPRESSED' };

    assert.ok(isAllowed(boundary, note));
    assert.equal(isAllowed(boundary, { ...note, context: closing }), false);
  });

  for (const [whose, organization, allowed] of [
    ['of the same organisation', 'o-exampleorgid', true],
    ['of another organisation', 'o-another', false],
  ] as const) {
    it(`${allowed ? 'leaves' : 'keeps from'} a role the member roles of an account ${whose}`, () => {
      for (const name of ['virtual-soc-publish', 'virtual-soc-remediate']) {
        const resource = `arn:aws:iam::777788889999:role/virtual-soc/${name}`;
        const context = { ...CONTEXT, 'aws:ResourceOrgID': organization };

        assert.equal(isAllowed(boundary, { action: 'sts:AssumeRole', resource, context }), allowed, name);
      }
    });
  }
});

/** Requests that a statement allows: each action on each resource, with each value of each condition. */
function requestsOf({ Action, Resource, Condition }: ResolvedStatement) {
  const contexts = Object.entries(Condition)
    // What has to be absent is not in a request.
    .filter(([operator]) => operator !== 'Null')
    .flatMap(([, tests]) => Object.entries(tests))
    .reduce<Record<string, string>[]>(
      (before, [key, values]) =>
        before.flatMap((context) => values.map((value) => ({ ...context, [key]: withoutVariable(value) }))),
      [{ ...CONTEXT, 'aws:ResourceOrgID': 'o-exampleorgid' }],
    );
  return Action.flatMap((action) =>
    Resource.flatMap((resource) => contexts.map((context) => ({ action, resource, context }))),
  );
}

/** A value that a request can have: `${aws:PrincipalOrgID}` stands for what the request says of it. */
function withoutVariable(value: string): string {
  const [, key] = /^\$\{(.+)\}$/.exec(value) ?? [];
  return key === undefined ? value : (CONTEXT[key] ?? '');
}
