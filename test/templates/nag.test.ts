import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { assertExplained, assertNoneSuperfluous, type Finding } from './explained-findings.ts';
import { nagFindings } from './nag.ts';
import { SYNTHESIS_TIMEOUT, synthesisedTemplates, temporaryDirectory } from './synthesised-templates.ts';

describe('cdk-nag, with AwsSolutions and NIST 800-53 r5', () => {
  let findings: Finding[];

  before(function () {
    this.timeout(SYNTHESIS_TIMEOUT);
    findings = synthesisedTemplates().flatMap(({ name, file }) => nagFindings(name, file));
  });

  it('finds nothing in any template that is not explained', () => {
    assertExplained(findings);
  });

  it('still finds everything that is explained', () => {
    assertNoneSuperfluous('cdk-nag', findings);
  });
});

describe('nagFindings', () => {
  const foundIn = (template: unknown) => {
    const file = path.join(temporaryDirectory(), 'Stack.template.json');
    writeFileSync(file, JSON.stringify(template));
    return nagFindings('Stack', file);
  };

  it('finds what both packs hold against a resource, by its logical id', () => {
    const found = foundIn({
      Resources: {
        Bucket01: { Type: 'AWS::S3::Bucket' },
        Function01: {
          Type: 'AWS::Lambda::Function',
          Properties: { Code: { ZipFile: ' ' }, Role: 'arn', Handler: 'index.handler', Runtime: 'nodejs18.x' },
        },
      },
    }).map(({ rule, logicalId }) => `${rule} ${logicalId}`);

    assert.ok(found.includes('AwsSolutions-S1 Bucket01'), found.join());
    assert.ok(found.includes('AwsSolutions-L1 Function01'), found.join());
    assert.ok(found.includes('NIST.800.53.R5-S3BucketVersioningEnabled Bucket01'), found.join());
  });

  it('finds something of a value that a parameter decides', () => {
    const found = foundIn({
      Parameters: { Encrypted: { Type: 'String' } },
      Resources: {
        Database: { Type: 'AWS::RDS::DBInstance', Properties: { StorageEncrypted: { Ref: 'Encrypted' } } },
      },
    });

    assert.ok(found.some(({ rule }) => rule === 'AwsSolutions-RDS2'));
  });

  it('names every wildcard of a policy apart', () => {
    const statement = (Action: string) => ({ Effect: 'Allow', Action, Resource: 'arn:aws:s3:::bucket' });
    const found = foundIn({
      Resources: {
        Policy: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { PolicyDocument: { Statement: [statement('s3:*'), statement('sqs:Get*')] } },
        },
      },
    });

    assert.deepEqual(
      found.filter(({ rule }) => rule.startsWith('AwsSolutions-IAM5')).map(({ rule }) => rule),
      ['AwsSolutions-IAM5[Action::s3:*]', 'AwsSolutions-IAM5[Action::sqs:Get*]'],
    );
  });

  it('finds nothing in an empty template', () => {
    assert.deepEqual(foundIn({ Resources: {} }), []);
  });
});
