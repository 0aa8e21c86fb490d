import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { assertExplained, assertNoneSuperfluous } from './explained-findings.ts';
import { guardFindings, guardProgram, type GuardResult, guardRules } from './guard.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates, temporaryDirectory } from './synthesised-templates.ts';

describe("cfn-guard, with AWS Control Tower's proactive controls", () => {
  let result: GuardResult;

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    result = guardFindings(synthesisedTemplates());
  });

  it('looks at every rule for every template', () => {
    const files = guardRules().length;

    assert.ok(files > 200, `${files} files of rules`);
    assert.equal(result.rules.length, synthesisedTemplates().length);
    for (const rules of result.rules) assert.ok(rules >= files, `${rules} of at least ${files} rules`);
  });

  it('finds nothing in any template that is not explained', () => {
    assertExplained(result.findings);
  });

  it('still finds everything that is explained', () => {
    assertNoneSuperfluous('cfn-guard', result.findings);
  });
});

describe('guardFindings', () => {
  const write = (name: string, content: string) => {
    const file = path.join(temporaryDirectory(), `${name}.template.json`);
    writeFileSync(file, content);
    return { name, file };
  };

  it('names the control, and the resources of each template that break it', () => {
    const queue = (encrypted: boolean) => ({
      Type: 'AWS::SQS::Queue',
      Properties: {
        SqsManagedSseEnabled: encrypted,
        RedrivePolicy: { deadLetterTargetArn: 'arn', maxReceiveCount: 1 },
      },
    });
    const one = write('One', JSON.stringify({ Resources: { Plain: queue(false), Encrypted: queue(true) } }));
    const other = write('Other', JSON.stringify({ Resources: { Encrypted: queue(true) } }));

    const { findings } = guardFindings([one, other]);

    assert.deepEqual(
      findings.filter(({ rule }) => rule === 'CT.SQS.PR.2'),
      [{ check: 'cfn-guard', rule: 'CT.SQS.PR.2', template: 'One', logicalId: 'Plain' }],
    );
  }).timeout(SYNTHESIS_TIMEOUT);

  it('fails where cfn-guard cannot read a template', () => {
    assert.throws(() => guardFindings([write('Broken', '{')]), /cfn-guard ended with/);
  }).timeout(SYNTHESIS_TIMEOUT);
});

describe('guardProgram', () => {
  it('is there for Linux and macOS, on Intel and ARM', () => {
    for (const platform of ['linux', 'darwin']) {
      for (const architecture of ['x64', 'arm64']) assert.match(guardProgram(platform, architecture), /cfn-guard$/);
    }
  });

  it('is not there for anything else, and says so', () => {
    assert.throws(() => guardProgram('win32', 'x64'), /There is no cfn-guard for win32 on x64/);
  });
});
