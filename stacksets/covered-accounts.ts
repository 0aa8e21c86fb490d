/**
 * Which accounts a template of ours is for, said in the template itself. Automatic deployment ignores the accounts that a stack
 * set leaves out, so that an account which joins later would get what it is to be spared.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 */
import {
  Aws,
  CfnCondition,
  CfnResource,
  CfnWaitConditionHandle,
  Fn,
  type ICfnConditionExpression,
  type Stack,
} from 'aws-cdk-lib';

/** Accounts that get what is in a template: all but some, or some only. */
export type Coverage = { readonly except: readonly string[] } | { readonly only: readonly string[] };

/** Conditions that one `Fn::Or` takes. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html */
const MOST_ALTERNATIVES = 10;

/**
 * Adds the condition `Covered` to a template.
 *
 * @returns undefined where every account is covered
 */
export function coveredAccounts(stack: Stack, coverage: Coverage): CfnCondition | undefined {
  const accounts = 'only' in coverage ? coverage.only : coverage.except;
  if (accounts.length === 0) return undefined;
  const named = anyOf([...accounts].sort().map((account) => Fn.conditionEquals(Aws.ACCOUNT_ID, account)));
  return new CfnCondition(stack, 'Covered', { expression: 'only' in coverage ? named : Fn.conditionNot(named) });
}

/** True where one of the tests is, however many there are. */
export function anyOf(tests: readonly ICfnConditionExpression[]): ICfnConditionExpression {
  const [first, ...others] = tests;
  if (first === undefined) throw new Error('There has to be a test.');
  if (others.length === 0) return first;
  if (tests.length <= MOST_ALTERNATIVES) return Fn.conditionOr(...tests);
  const size = Math.ceil(tests.length / MOST_ALTERNATIVES);
  const groups = Array.from({ length: Math.ceil(tests.length / size) }, (_, index) =>
    anyOf(tests.slice(index * size, (index + 1) * size)),
  );
  return Fn.conditionOr(...groups);
}

/**
 * Puts every resource of a template that has no condition yet under one, and adds a resource that is always there: a stack
 * without any cannot be made, and an account that is left out gets the stack too. It makes nothing and costs nothing.
 */
export function limitResources(stack: Stack, condition: CfnCondition | undefined): void {
  for (const resource of stack.node.findAll()) {
    if (condition !== undefined && CfnResource.isCfnResource(resource)) resource.cfnOptions.condition ??= condition;
  }
  new CfnWaitConditionHandle(stack, 'Always');
}
