/**
 * Where a configuration says no in any way, or cannot be decided, no account is changed, whatever else it says. Each
 * configuration here allows the change as well, so that it is the no that holds it back.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Action } from '../../../lambda/remediation/action.ts';
import { ec2Imdsv2Required } from '../../../lambda/remediation/actions/ec2-imdsv2-required.ts';
import { iamUserQuarantine } from '../../../lambda/remediation/actions/iam-user-quarantine.ts';
import { kmsKeyRotation } from '../../../lambda/remediation/actions/kms-key-rotation.ts';
import { MODES } from '../../../lambda/remediation/configuration.ts';
import { remediate } from '../../../lambda/remediation/remediate.ts';
import { USER, USER_ARN, userAnswer } from '../../support/principals.ts';
import {
  type FindingOptions,
  MEMBER,
  type RemediationBench,
  message,
  startRemediation,
} from '../../support/remediation.ts';
import { type Answers, ServiceError } from '../../support/service-stand-in.ts';

const OU = 'ou-ab12-11111111';
const OTHER_OU = 'ou-ab12-22222222';
const OTHER_ACCOUNT = '999988887777';
const KEY = `arn:aws:kms:eu-west-1:${MEMBER}:key/1111aaaa-12ab-34cd-56ef-1234567890ab`;
const INSTANCE = `arn:aws:ec2:eu-west-1:${MEMBER}:instance/i-0a1b2c3d`;

/** Something that a change is wanted of, in an account that would let it happen. */
interface Case {
  readonly action: Action;
  readonly finding: FindingOptions;
  readonly resource: string;
  readonly principal?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly answers: Answers;
  readonly change: string;
  /** The call that tells nothing but tags. */
  readonly tagRead?: string;
}

const finding = (Type: string, Id: string) => ({
  Resources: [{ Type, Id, Partition: 'aws', Region: 'eu-west-1' }],
});

/** Of each risk, one that costs, and one on a principal. */
const CASES: readonly Case[] = [
  {
    action: kmsKeyRotation,
    finding: { finding: finding('AwsKmsKey', KEY) },
    resource: KEY,
    tags: { env: 'prod' },
    answers: {
      'kms:DescribeKey': {
        KeyMetadata: { KeyManager: 'CUSTOMER', KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS', KeyState: 'Enabled' },
      },
      'kms:GetKeyRotationStatus': { KeyRotationEnabled: false },
      'kms:ListResourceTags': { Tags: [{ TagKey: 'env', TagValue: 'prod' }] },
      'kms:EnableKeyRotation': {},
    },
    change: 'kms:EnableKeyRotation',
    tagRead: 'kms:ListResourceTags',
  },
  {
    action: ec2Imdsv2Required,
    finding: { ruleKey: 'ec2-imdsv2-check', techniqueId: 'T1552', finding: finding('AwsEc2Instance', INSTANCE) },
    resource: INSTANCE,
    tags: { env: 'prod' },
    answers: {
      'ec2:DescribeInstances': {
        reservationSet: {
          item: {
            instancesSet: {
              item: {
                instanceId: 'i-0a1b2c3d',
                instanceState: { name: 'running' },
                metadataOptions: { httpTokens: 'optional' },
                tagSet: { item: { key: 'env', value: 'prod' } },
              },
            },
          },
        },
      },
      'ec2:ModifyInstanceMetadataOptions': {},
    },
    change: 'ec2:ModifyInstanceMetadataOptions',
  },
  {
    action: iamUserQuarantine,
    finding: {
      provider: 'guardduty',
      ruleKey: 'Persistence:IAMUser/AnomalousBehavior',
      techniqueId: 'T1078',
      finding: finding(USER.Type, USER.Id),
    },
    resource: USER_ARN,
    principal: USER_ARN,
    tags: { team: 'core' },
    answers: {
      ...userAnswer(),
      'iam:ListAttachedUserPolicies': { IsTruncated: 'false', AttachedPolicies: {} },
      'iam:AttachUserPolicy': {},
    },
    change: 'iam:AttachUserPolicy',
  },
];

/** What says no, or leaves it open. */
interface No {
  readonly assignments?: readonly object[];
  readonly exceptions?: readonly object[];
  readonly breakGlass?: readonly string[];
  /** Units of the account; unknown otherwise. */
  readonly units?: readonly string[];
  readonly answers?: Answers;
}

const OWNED = { owner: 'payments', reason: 'audit', expires: '2026-11-30' };

/** All the ways to say no to a case. */
function noes({ action, resource, principal, tags, tagRead }: Case): Readonly<Record<string, fc.Arbitrary<No>>> {
  const actions = fc.constantFrom([action.id], ['*'], ['another-action', '*'], [action.id, 'another-action']);
  const off = (where: object, units?: readonly string[]) =>
    actions.map((ids) => ({
      assignments: [{ actions: ids, mode: 'off', ...where }],
      ...(units === undefined ? {} : { units }),
    }));
  const excepted = (what: object) =>
    fc.option(actions, { nil: undefined }).map((ids) => ({
      exceptions: [{ ...(ids === undefined ? {} : { actions: ids }), ...what, ...OWNED }],
    }));
  const refused = tagRead === undefined ? undefined : { [tagRead]: new ServiceError('AccessDeniedException', 403) };
  return {
    'it is off everywhere': off({}),
    'it is off in the account': off({ accounts: [OTHER_ACCOUNT, MEMBER] }),
    'it is off in a unit': off({ organizationalUnits: [OU] }, [OU]),
    'it is off for a tag': off({ tags }),
    'the account is excepted': excepted({ accounts: [MEMBER] }),
    'the resource is excepted': excepted({ resources: [resource] }),
    'resources like it are excepted': excepted({ resources: [`${resource.slice(0, -3)}*`] }),
    'a tag is excepted': excepted({ tags }),
    'a tag of the account is excepted': excepted({ tags, accounts: [MEMBER] }),
    // Whether it applies is not known.
    'its units are not known': fc
      .constantFrom('plan', 'approve', 'automatic')
      .map((mode) => ({ assignments: [{ actions: [action.id], mode, organizationalUnits: [OU] }] })),
    ...(refused === undefined
      ? {}
      : {
          'its tags are not known, and one is excepted': excepted({ tags: { team: 'core' } }).map((no) => ({
            ...no,
            answers: refused,
          })),
          'its tags are not known, and one is assigned': fc.constant({
            assignments: [{ actions: [action.id], mode: 'approve', tags: { team: 'core' } }],
            answers: refused,
          }),
        }),
    ...(principal === undefined
      ? {}
      : {
          'it is a break-glass principal': fc
            .constantFrom(principal, 'arn:aws:iam::*:user/staff/*', 'arn:*')
            .map((pattern) => ({ breakGlass: [pattern] })),
          'the principal is excepted': excepted({ principals: ['arn:aws:iam::*:user/staff/*'] }),
          'it is a principal that is never touched': fc
            .constantFrom('user/virtual-soc/alice', 'root')
            .map((name) => ({ answers: userAnswer(`arn:aws:iam::${MEMBER}:${name}`) })),
        }),
  };
}

/** What else may be said, for or against. */
const noise = (action: Action): fc.Arbitrary<readonly object[]> =>
  fc.array(
    fc
      .record({
        actions: fc.subarray([action.id, '*', 'another-action'], { minLength: 1 }),
        mode: fc.constantFrom(...MODES.slice(1)),
        accounts: fc.option(fc.subarray([MEMBER, OTHER_ACCOUNT], { minLength: 1 }), { nil: undefined }),
        organizationalUnits: fc.option(fc.constantFrom([OU], [OTHER_OU]), { nil: undefined }),
        tags: fc.option(fc.constantFrom({ env: 'prod' }, { team: 'core' }), { nil: undefined }),
      })
      .map((each) => JSON.parse(JSON.stringify(each)) as object),
    { maxLength: 3 },
  );

describe('remediate, where a configuration says no', () => {
  let bench: RemediationBench;

  before(async () => {
    bench = await startRemediation();
  });
  after(() => bench.close());
  beforeEach(() => bench.reset());

  /** Says yes, and no as well; gives back all calls that change something. */
  const changesOf = async (
    { action, answers, finding: options }: Case,
    no: No,
    more: readonly object[],
    type?: string,
  ) => {
    await bench.reset();
    bench.services.answers = { ...answers, ...no.answers };
    const id = await bench.addFinding(options);
    const yes = { actions: [action.id], mode: 'automatic', accounts: [MEMBER] };
    const configuration = {
      assignments: [yes, ...more, ...(no.assignments ?? [])],
      exceptions: no.exceptions ?? [],
      breakGlass: no.breakGlass ?? [],
    };
    const report = await remediate(
      [message(id, undefined, type)],
      bench.dependencies(configuration, {
        actions: [action],
        organizationalUnits: () => Promise.resolve(no.units === undefined ? undefined : new Set(no.units)),
      }),
    );
    const changes = bench.services.calls.map(({ call }) => call).filter((name) => !/:(?:Describe|Get|List)/.test(name));
    return { report, changes, configuration };
  };

  for (const each of CASES) {
    it(`would change what ${each.action.id} is about where it says yes only`, async () => {
      assert.deepEqual((await changesOf(each, {}, [])).changes, [each.change]);
    });

    for (const [why, no] of Object.entries(noes(each))) {
      it(`does not change what ${each.action.id} is about where ${why}`, async () => {
        const [example] = fc.sample(no, { numRuns: 1, seed: 1 });
        assert.ok(example);

        assert.deepEqual((await changesOf(each, example, [])).changes, []);
      });
    }
  }

  it('makes no call that changes anything, whatever else the configuration says', async () => {
    const said = fc.constantFrom(...CASES).chain((each) =>
      fc.record({
        each: fc.constant(each),
        no: fc.oneof(...Object.values(noes(each))),
        more: noise(each.action),
        type: fc.constantFrom(undefined, 'Security Hub Findings - Custom Action'),
      }),
    );

    await fc.assert(
      fc.asyncProperty(said, async ({ each, no, more, type }) => {
        const { report, changes, configuration } = await changesOf(each, no, more, type);

        assert.deepEqual(changes, [], JSON.stringify(configuration));
        assert.deepEqual([...report.failed], []);
        const outcomes = Object.keys(report.outcomes);
        assert.equal(outcomes.length, 1);
        assert.ok(['off', 'exempt', 'unresolved'].includes(outcomes[0] ?? ''), JSON.stringify(report.outcomes));
        const kept = await bench.query<{ status: string }>('SELECT status FROM state.remediation');
        assert.deepEqual(kept, [], 'and nothing waits for anybody');
      }),
      { numRuns: 30 },
    );
  });
});
