import assert from 'node:assert/strict';
import { CfnWaitConditionHandle, Stack } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { type Coverage, coveredAccounts, limitResources } from '../../stacksets/covered-accounts.ts';
import { deployedIn, idsIn } from './deployed-resources.ts';
import { templateOf } from './member-stack.ts';

const HANDLE = CfnWaitConditionHandle.CFN_RESOURCE_TYPE_NAME;

describe('coveredAccounts', () => {
  const templateFor = (coverage: Coverage) =>
    templateOf((app) => {
      const stack = new Stack(app, 'Stack');
      const covered = coveredAccounts(stack, coverage);
      new CfnQueue(stack, 'Queue');
      limitResources(stack, covered);
      return stack;
    });
  const madeIn = (coverage: Coverage, account: string) =>
    Object.values(deployedIn(templateFor(coverage), { account, region: 'eu-west-1' })).map(({ Type }) => Type);
  const accounts = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1).padStart(12, '0'));

  it('leaves out what is excepted, and makes a stack there all the same', () => {
    const coverage = { except: ['222233334444'] };

    assert.deepEqual(madeIn(coverage, '222233334444'), [HANDLE]);
    assert.deepEqual(madeIn(coverage, '555566667777'), ['AWS::SQS::Queue', HANDLE]);
  });

  it('covers what is named only', () => {
    const coverage = { only: ['222233334444', '333344445555'] };

    assert.deepEqual(madeIn(coverage, '333344445555'), ['AWS::SQS::Queue', HANDLE]);
    assert.deepEqual(madeIn(coverage, '555566667777'), [HANDLE]);
  });

  it('covers every account where none is excepted', () => {
    assert.equal(templateFor({ except: [] }).Conditions, undefined);
    assert.deepEqual(madeIn({ except: [] }, '555566667777'), ['AWS::SQS::Queue', HANDLE]);
  });

  it('is the same condition in whatever order accounts are excepted', () => {
    const [one, two] = [accounts(30), accounts(30).reverse()].map((except) => templateFor({ except }));

    assert.deepEqual(one, two);
  });

  for (const count of [1, 2, 10, 11, 12, 99, 100, 101, 999, 1000]) {
    it(`excepts each of ${count} accounts and no other, with no more alternatives than CloudFormation takes`, () => {
      const except = accounts(count);
      const template = templateFor({ except });
      const covers = (account: string) => idsIn(template, { account, region: 'eu-west-1' }).includes('Queue');

      assert.deepEqual(except.filter(covers), []);
      assert.ok(covers(String(count + 1).padStart(12, '0')));
    });
  }
});
