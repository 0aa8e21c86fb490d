import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACTIONS } from '../../../lambda/remediation/actions.ts';
import { MODES, configurationSchema, readConfiguration } from '../../../lambda/remediation/configuration.ts';
import { untouchable } from '../../../lambda/remediation/principal.ts';
import { type Circumstances, decideScope, matchesPattern, mayMeet } from '../../../lambda/remediation/scope.ts';

const NOW = new Date('2026-11-01T12:00:00.000Z');
const OU = 'ou-ab12-11111111';
const HARMLESS: Circumstances['action'] = { id: 'ec2-imdsv2-required', risk: 'medium' };
const CIRCUMSTANCES: Circumstances = {
  action: HARMLESS,
  accountId: '444455556666',
  region: 'eu-west-1',
  organizationalUnits: new Set([OU, 'r-ab12']),
  resourceIds: ['arn:aws:ec2:eu-west-1:444455556666:instance/i-0a'],
  tags: { env: 'dev' },
  principal: null,
  now: NOW,
};
const configured = (changes: Record<string, unknown>) =>
  configurationSchema.parse({ version: 1, breakGlass: [], ...changes });
const assigned = (...assignments: Record<string, unknown>[]) =>
  configured({ assignments: assignments.map((each) => ({ actions: [HARMLESS.id], mode: 'automatic', ...each })) });
const excepted = (exception: Record<string, unknown>) =>
  configured({
    assignments: [{ actions: [HARMLESS.id], mode: 'automatic' }],
    exceptions: [{ owner: 'payments', reason: 'audit', expires: '2026-11-30', ...exception }],
  });
const modeOf = (configuration: ReturnType<typeof configured>, changes: Partial<Circumstances> = {}) => {
  const scope = decideScope(configuration, { ...CIRCUMSTANCES, ...changes });
  return scope.mode === 'off' ? scope.outcome : scope.mode;
};

describe('mayMeet', () => {
  it('is whether some text is like both patterns', () => {
    assert.ok(mayMeet('arn:aws:s3:::www-*', 'arn:aws:s3:::*'));
    assert.ok(mayMeet('*', 'arn:aws:s3:::*'));
    assert.ok(mayMeet('a*c', '*b*'));
    assert.ok(!mayMeet('arn:aws:ec2:*', 'arn:aws:s3:::*'));
    assert.ok(!mayMeet('a*c', 'b*'));
  });

  it('is so where a text that matches one matches the other', () => {
    const pattern = fc.stringMatching(/^[ab*]{0,5}$/);
    const text = fc.stringMatching(/^[ab]{0,5}$/);

    fc.assert(
      fc.property(pattern, pattern, text, (one, other, example) => {
        fc.pre(matchesPattern(one, example) && matchesPattern(other, example));
        assert.ok(mayMeet(one, other));
      }),
    );
  });

  it('is not so where no text does', () => {
    const texts = [
      '',
      ...['a', 'b'].flatMap((x) => [x, ...['a', 'b'].flatMap((y) => [x + y, `${x}${y}a`, `${x}${y}b`])]),
    ];
    const pattern = fc.stringMatching(/^[ab*]{0,2}$/);

    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        // Two patterns of two characters are met by a text of four at the most, and if so by one of three.
        const example = texts.find((each) => matchesPattern(one, each) && matchesPattern(other, each));
        assert.equal(mayMeet(one, other), example !== undefined);
      }),
    );
  });
});

describe('decideScope', () => {
  it('leaves a whole account alone where an exception is for some of what the action would reach', () => {
    const action = { ...HARMLESS, reaches: ['arn:aws:s3:::*'] };
    const bucket = { resources: ['arn:aws:s3:::www-*'] };

    assert.equal(modeOf(excepted(bucket), { action }), 'exempt');
    assert.equal(modeOf(excepted({ ...bucket, actions: ['s3-bucket-versioning'] }), { action }), 'exempt');
    assert.equal(modeOf(excepted({ ...bucket, accounts: ['777788889999'] }), { action }), 'automatic');
    assert.equal(
      modeOf(excepted({ resources: ['arn:aws:ec2:*'], accounts: ['777788889999'] }), { action }),
      'automatic',
    );
    assert.equal(modeOf(excepted(bucket)), 'automatic');
  });

  it('knows a principal by its whole ARN where the resource leaves the path out', () => {
    const circumstances = {
      resourceIds: ['arn:aws:iam::444455556666:user/alice'],
      principal: 'arn:aws:iam::444455556666:user/batch/alice',
    };

    assert.equal(modeOf(excepted({ resources: ['arn:aws:iam::444455556666:user/batch/*'] }), circumstances), 'exempt');
  });

  it('is off where nobody has said anything', () => {
    assert.equal(modeOf(configured({})), 'off');
  });

  it('goes by the most particular assignment: tag before account before unit before everywhere', () => {
    const everywhere = { mode: 'plan' };
    const unit = { mode: 'approve', organizationalUnits: [OU] };
    const account = { mode: 'automatic', accounts: ['444455556666'] };
    const tag = { mode: 'plan', tags: { env: 'dev' } };

    assert.equal(modeOf(assigned(everywhere)), 'plan');
    assert.equal(modeOf(assigned(unit, everywhere)), 'approve');
    assert.equal(modeOf(assigned(everywhere, account, unit)), 'automatic');
    assert.equal(modeOf(assigned(tag, account, unit)), 'plan');
  });

  it('takes the more careful of two that are as particular', () => {
    assert.equal(modeOf(assigned({ mode: 'automatic' }, { mode: 'approve' })), 'approve');
  });

  it('lets off win wherever it is said', () => {
    assert.equal(modeOf(assigned({ mode: 'off' }, { mode: 'automatic', tags: { env: 'dev' } })), 'off');
  });

  it('takes a star that switches off for every action, also those that a star that allows leaves out', () => {
    for (const action of [
      { id: 'iam-user-quarantine', risk: 'high' },
      { id: 's3-bucket-versioning', risk: 'low', cost: 'storage' },
    ] as const) {
      const assignments = [
        { actions: [action.id], mode: 'automatic' },
        { actions: ['*'], mode: 'off', accounts: ['444455556666'] },
      ];
      assert.equal(decideScope(configured({ assignments }), { ...CIRCUMSTANCES, action }).mode, 'off');
    }
  });

  it('does nothing where a tag or unit that matters is not known', () => {
    assert.equal(modeOf(assigned({ tags: { env: 'dev' } }), { tags: undefined }), 'unresolved');
    assert.equal(modeOf(assigned({ organizationalUnits: [OU] }), { organizationalUnits: undefined }), 'unresolved');
    assert.equal(modeOf(excepted({ tags: { env: 'prod' } }), { tags: undefined }), 'unresolved');
  });

  it('does not need to know what does not matter', () => {
    const unknown = { tags: undefined, organizationalUnits: undefined };

    assert.equal(modeOf(assigned({ accounts: ['444455556666'] }), unknown), 'automatic');
    assert.equal(
      modeOf(assigned({ accounts: ['444455556666'] }, { accounts: ['1'.repeat(12)], tags: { env: 'dev' } }), unknown),
      'automatic',
    );
  });

  it('includes in a star neither what costs money nor what is of high risk', () => {
    const star = configured({ assignments: [{ actions: ['*'], mode: 'automatic' }] });

    assert.equal(modeOf(star), 'automatic');
    assert.equal(modeOf(star, { action: { id: 's3-bucket-versioning', risk: 'low', cost: 'versions' } }), 'off');
    assert.equal(modeOf(star, { action: { id: 'iam-user-quarantine', risk: 'high' } }), 'off');
  });

  it('leaves excepted accounts, resources, principals and tags alone until the end of the last day', () => {
    const principal = 'arn:aws:iam::444455556666:role/app/payments';

    for (const exception of [
      { accounts: ['444455556666'] },
      { resources: ['arn:aws:ec2:*:444455556666:instance/*'] },
      { tags: { env: 'dev' } },
      { principals: ['arn:aws:iam::*:role/app/*'] },
    ]) {
      assert.equal(modeOf(excepted(exception), { principal }), 'exempt', JSON.stringify(exception));
    }
    const lastDay = { now: new Date('2026-11-30T23:59:59.999Z') };
    const dayAfter = { now: new Date('2026-12-01T00:00:00.000Z') };
    assert.equal(modeOf(excepted({ accounts: ['444455556666'] }), lastDay), 'exempt');
    assert.equal(modeOf(excepted({ accounts: ['444455556666'] }), dayAfter), 'automatic');
  });

  it('never acts on break-glass principals, service-linked roles, roles of Identity Center, or ourselves', () => {
    const configuration = configured({
      assignments: [{ actions: [HARMLESS.id], mode: 'automatic' }],
      breakGlass: ['arn:aws:iam::*:user/break-glass-*'],
    });
    for (const name of [
      'user/break-glass-1',
      'role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig',
      'role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
      'role/AWSReservedSSO_Admin_0123456789abcdef',
      'role/virtual-soc/virtual-soc-remediate',
      'role/OrganizationAccountAccessRole',
      'role/AWSControlTowerExecution',
      'root',
    ]) {
      assert.equal(modeOf(configuration, { principal: `arn:aws:iam::444455556666:${name}` }), 'exempt', name);
    }
    assert.equal(modeOf(configuration, { principal: 'arn:aws:iam::444455556666:user/alice' }), 'automatic');
  });

  it('never goes further than what was said for exactly this, whatever the configuration', () => {
    const EXPIRED = '2026-10-01';
    const accounts = [CIRCUMSTANCES.accountId, '999988887777'];
    const units = [OU, 'ou-ab12-22222222'];
    const some = <T>(values: readonly T[]) => fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
    const tags = fc.option(fc.constantFrom({ env: 'dev' }, { env: 'prod' }, { team: 'core' }), { nil: undefined });
    const actions = fc.subarray(['this-action', 'another-action', '*'], { minLength: 1 });
    const assignment = fc.record({
      actions,
      // Less often off, which ends it.
      mode: fc.constantFrom(...MODES, ...MODES.slice(1)),
      accounts: some(accounts),
      organizationalUnits: some(units),
      tags,
    });
    const iam = (name: string) => `arn:aws:iam::444455556666:${name}`;
    const exception = fc
      .record({
        actions: fc.option(actions, { nil: undefined }),
        accounts: some(accounts),
        tags,
        resources: some(['arn:aws:ec2:*', 'arn:aws:s3:::other', iam('user/batch/*')]),
        principals: some(['arn:aws:iam::*:user/batch/*', iam('role/app/payments'), 'arn:aws:iam::999988887777:*']),
        owner: fc.constant('o'),
        reason: fc.constant('r'),
        expires: fc.constantFrom(EXPIRED, '2026-11-30'),
      })
      .filter((each) => [each.accounts, each.tags, each.resources, each.principals].some((part) => part));
    const breakGlass = fc.subarray(['arn:aws:iam::*:user/break-*', iam('role/app/*'), 'arn:aws:iam::999988887777:*']);
    const untouchables = [
      'root',
      'role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX',
      'user/virtual-soc/own',
      'role/OrganizationAccountAccessRole',
    ].map(iam);
    const principals = ['user/alice', 'user/batch/alice', 'user/break-glass', 'role/app/payments'].map(iam);
    const action = fc
      .record({ risk: fc.constantFrom('low', 'medium', 'high'), isCostly: fc.boolean() })
      .map(({ risk, isCostly }) => ({ id: 'this-action', risk, ...(isCostly ? { cost: 'money' } : {}) }) as const);
    const known = fc.record({
      action,
      tags: fc.option(fc.dictionary(fc.constantFrom('env', 'team'), fc.constantFrom('dev', 'prod', 'core')), {
        nil: undefined,
      }),
      organizationalUnits: fc.option(
        fc.subarray(units).map((each) => new Set(each)),
        { nil: undefined },
      ),
      principal: fc.constantFrom(null, ...principals, ...untouchables),
    });
    /** Every kind of action that something was allowed for: a property that never gets so far tells nothing. */
    const allowed = new Set<string>();

    fc.assert(
      fc.property(
        fc.array(assignment, { maxLength: 5 }),
        fc.array(exception, { maxLength: 2 }),
        breakGlass,
        known,
        (assignments, exceptions, glass, given) => {
          const clean = JSON.parse(JSON.stringify({ assignments, exceptions })) as Record<string, unknown>;
          const scope = decideScope(configured({ ...clean, breakGlass: glass }), { ...CIRCUMSTANCES, ...given });
          if (scope.mode === 'off') return;
          const { principal, action: doing } = given;
          const isHarmless = doing.risk !== 'high' && !('cost' in doing);
          const isOn = (patterns: readonly string[], names: readonly (string | null)[]) =>
            patterns.some((pattern) => names.some((name) => name !== null && isLike(pattern, name)));

          // Nobody has said that it is never to be touched.
          assert.ok(principal === null || !untouchables.includes(principal), `${principal} is untouchable`);
          assert.ok(!isOn(glass, [principal]), `${principal} is a break-glass principal`);
          // Said in so many words, by an assignment that surely applies.
          const applies = assignments.filter(
            (each) =>
              (each.accounts === undefined || each.accounts.includes(CIRCUMSTANCES.accountId)) &&
              (each.organizationalUnits === undefined ||
                each.organizationalUnits.some((unit) => given.organizationalUnits?.has(unit) ?? false)) &&
              (each.tags === undefined || hasAll(given.tags, each.tags)),
          );
          const names = (ids: readonly string[], isStarEnough: boolean) =>
            ids.includes(doing.id) || (isStarEnough && ids.includes('*'));
          assert.ok(applies.some((each) => each.mode === scope.mode && names(each.actions, isHarmless)));
          // Off is off for all that a star names, be it costly or dangerous.
          assert.ok(!applies.some((each) => each.mode === 'off' && names(each.actions, true)));
          // Nothing that is in force speaks against it, or would if only more were known.
          for (const each of exceptions) {
            const speaks =
              each.expires !== EXPIRED &&
              (each.actions === undefined || names(each.actions, true)) &&
              (each.accounts === undefined || each.accounts.includes(CIRCUMSTANCES.accountId)) &&
              (each.resources === undefined || isOn(each.resources, [...CIRCUMSTANCES.resourceIds, principal])) &&
              (each.principals === undefined || isOn(each.principals, [principal])) &&
              (each.tags === undefined || given.tags === undefined || hasAll(given.tags, each.tags));
            assert.ok(!speaks, JSON.stringify(each));
          }
          allowed.add(`${doing.risk}${'cost' in doing ? ', costly' : ''}${principal === null ? '' : ', a principal'}`);
        },
      ),
      { numRuns: 6_000 },
    );
    assert.equal(allowed.size, 3 * 2 * 2, [...allowed].sort().join('; '));
  });
});

/** What a pattern means, told in another way than the code has it. */
function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.^$+?()[\]{}|\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

function hasAll(tags: Readonly<Record<string, string>> | undefined, wanted: object): boolean {
  return tags !== undefined && Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

describe('matchesPattern', () => {
  it('lets a star stand for any text and nothing else for anything but itself', () => {
    assert.ok(matchesPattern('arn:aws:iam::*:role/a*c', 'arn:aws:iam::1:role/abc'));
    assert.ok(!matchesPattern('arn:aws:iam::*:role/a*c', 'arn:aws:iam::1:role/abcd'));
    assert.ok(!matchesPattern('ab*bc', 'abc'));
    assert.ok(!matchesPattern('a.c', 'abc'));
    assert.ok(matchesPattern('*', ''));
  });
});

describe('untouchable', () => {
  it('takes what it cannot read for one that nothing is done to', () => {
    for (const arn of [
      '',
      'alice',
      'arn:aws:iam::444455556666:root',
      'arn:aws:sts::444455556666:assumed-role/a/b',
      'arn:aws:iam::444455556666:role/*',
    ]) {
      assert.equal(untouchable(arn), 'neither a user nor a role of IAM', arn);
    }
    assert.equal(untouchable('arn:aws:iam::444455556666:role/service-role/lambda-basic'), undefined);
  });
});

describe('readConfiguration', () => {
  const known = new Set(ACTIONS.map(({ id }) => id));
  const problemsOf = (value: unknown) => {
    const read = readConfiguration(value, known);
    return 'problems' in read ? read.problems : [];
  };

  it('reads one, with defaults for what is left out', () => {
    const read = readConfiguration(
      { version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'plan' }] },
      known,
    );

    assert.ok('configuration' in read);
    assert.equal(read.configuration.approval.approvers, 1);
    assert.equal(read.configuration.standard.passwordPolicy.minimumLength, 14);
  });

  it('takes nothing of one that has a mistake, and says where', () => {
    const exception = { accounts: ['444455556666'], owner: 'a', reason: 'b' };
    const cases: readonly [value: unknown, problem: RegExp][] = [
      [{ version: 1 }, /^breakGlass: /],
      [
        { version: 1, breakGlass: [], assignments: [{ actions: ['kms-rotation'], mode: 'plan' }] },
        /kms-rotation: there is no such action/,
      ],
      [{ version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'on' }] }, /^assignments\.0\.mode: /],
      [
        { version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'plan', account: ['444455556666'] }] },
        /account/,
      ],
      [
        { version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'plan', accounts: [] }] },
        /is empty; leave it out/,
      ],
      [
        { version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'plan', accounts: [444455556666] }] },
        /accounts\.0/,
      ],
      [{ version: 1, breakGlass: [], exceptions: [exception] }, /expires/],
      [
        { version: 1, breakGlass: [], exceptions: [{ owner: 'a', reason: 'b', expires: '2026-12-31' }] },
        /must name accounts/,
      ],
      [{ version: 1, breakGlass: [], assignments: [{ actions: ['*'], mode: 'plan', tags: {} }] }, /at least one tag/],
      ['False', /the configuration: /],
    ];
    for (const [value, problem] of cases) assert.match(problemsOf(value).join('\n'), problem, JSON.stringify(value));
  });
});
