/** The policies that narrow a session of remediation to one step, for a made-up resource of each action. */
import type { Action } from '../../lambda/remediation/action.ts';
import { permissionsOf, sessionPolicy, type Step } from '../../lambda/remediation/permission.ts';
import { written, type WrittenStatement } from './policy-statements.ts';

export const STEPS: readonly Step[] = ['plan', 'apply', 'undo'];

/** The statements of a session. They are called after the step that they are for. */
export function sessionStatements(action: Action, step: Step): WrittenStatement[] {
  const { Statement } = sessionPolicy(action, step, {
    partition: 'aws',
    accountId: '444455556666',
    region: 'eu-west-1',
    names: madeUpNames(action),
  });
  return Statement.map((statement) => written(step, true, statement));
}

/** Every placeholder stands for itself: what is checked is the form of an ARN. */
function madeUpNames(action: Action): Record<string, string> {
  const permissions = STEPS.flatMap((step) => permissionsOf(action, step));
  const placeholders = JSON.stringify(permissions).matchAll(/\{(\w+)\}/g);
  return Object.fromEntries([...placeholders].map(([, name = '']) => [name, name]));
}
