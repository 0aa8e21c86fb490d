import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  assertExplained,
  assertNoneSuperfluous,
  CHECKS,
  type Finding,
  readExceptions,
  superfluous,
  unexplained,
} from './explained-findings.ts';
import { temporaryDirectory } from './synthesised-templates.ts';

const FOUND: Finding = { check: 'cdk-nag', rule: 'AwsSolutions-SQS4', template: 'Stack', logicalId: 'Queue' };
const EXPLAINED = { ...FOUND, reason: 'because' };

describe('unexplained', () => {
  it('leaves out what is explained, by rule, template and logical id together', () => {
    const others = [
      { ...FOUND, rule: 'AwsSolutions-SQS3' },
      { ...FOUND, template: 'Other' },
      { ...FOUND, logicalId: 'Other' },
      { ...FOUND, check: 'cfn-guard' as const },
    ];

    assert.deepEqual(unexplained([FOUND, ...others], [EXPLAINED]), others);
  });
});

describe('superfluous', () => {
  it('names exceptions of a check that nothing is found for any more', () => {
    assert.deepEqual(superfluous('cdk-nag', [], [EXPLAINED]), [EXPLAINED]);
    assert.deepEqual(superfluous('cdk-nag', [FOUND], [EXPLAINED]), []);
    assert.deepEqual(superfluous('cfn-guard', [], [EXPLAINED]), []);
  });
});

describe('the assertions', () => {
  it('fail with the rows to add or to remove', () => {
    const finding = { ...FOUND, rule: 'a, b' };

    assert.throws(() => assertExplained([finding], []), /cdk-nag,"a, b",Stack,Queue/);
    assert.throws(() => assertNoneSuperfluous('cdk-nag', [], [EXPLAINED]), /cdk-nag,AwsSolutions-SQS4,Stack,Queue/);
  });

  it('hold where everything found is explained, and nothing else', () => {
    assertExplained([FOUND], [EXPLAINED]);
    assertNoneSuperfluous('cdk-nag', [FOUND], [EXPLAINED]);
  });
});

describe('readExceptions', () => {
  it('reads fields in quotes', () => {
    const file = path.join(temporaryDirectory(), 'exceptions.csv');
    writeFileSync(file, 'check,rule,template,logical_id,reason\ncdk-nag,"a, b",Stack,Queue,"Because ""so"""\n');

    assert.deepEqual(readExceptions(file), [
      { check: 'cdk-nag', rule: 'a, b', template: 'Stack', logicalId: 'Queue', reason: 'Because "so"' },
    ]);
  });
});

describe('exceptions.csv', () => {
  it('names a check that there is, one rule and one resource in each row, and why', () => {
    for (const { check, rule, template, logicalId, reason } of readExceptions()) {
      const row = [check, rule, template, logicalId].join();
      assert.ok(CHECKS.includes(check), row);
      assert.match(logicalId, /^[A-Za-z0-9]+$/, row);
      assert.match(template, /^[\w-]+(\/[A-Za-z0-9]+)?$/, row);
      assert.match(reason, /^[A-Z].{40,}\.$/, row);
    }
  });

  it('holds each exception once, in order', () => {
    const keys = readExceptions().map((row) => [row.check, row.rule, row.template, row.logicalId].join());

    assert.deepEqual(keys, [...new Set(keys)].sort());
  });
});
