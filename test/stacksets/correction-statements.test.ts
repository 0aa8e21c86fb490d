import assert from 'node:assert/strict';
import { correctionStatements, RUNBOOK_RIGHTS } from '../../stacksets/correction-statements.ts';
import { madeRule } from '../support/made-rules.ts';

const corrected = (document: string) =>
  madeRule(`rule-of-${document.toLowerCase()}`, { correction: { document, resourceParameter: 'Id', parameters: {} } });

describe('correctionStatements', () => {
  it('allows nothing where nothing is corrected', () => {
    assert.deepEqual(correctionStatements([madeRule('made-rule')]), []);
  });

  it('allows what the runbooks of the corrected rules need, and nothing of others', () => {
    const statements = correctionStatements([
      madeRule('made-rule'),
      corrected('AWSConfigRemediation-EnablePITRForDynamoDbTable'),
    ]);

    assert.deepEqual(
      statements.map(({ actions, resources }) => [actions, resources]),
      [
        [
          ['ssm:StartAutomationExecution'],
          [
            'arn:${AWS::Partition}:ssm:*::automation-definition/AWSConfigRemediation-EnablePITRForDynamoDbTable:*',
            'arn:${AWS::Partition}:ssm:*::document/AWSConfigRemediation-EnablePITRForDynamoDbTable',
          ],
        ],
        [
          ['ssm:GetAutomationExecution', 'ssm:StartAutomationExecution'],
          ['arn:${AWS::Partition}:ssm:*:${AWS::AccountId}:automation-execution/*'],
        ],
        [
          ['dynamodb:DescribeContinuousBackups', 'dynamodb:UpdateContinuousBackups'],
          ['arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/*'],
        ],
      ],
    );
  });

  it('never writes on all resources, and never without a condition where no account is named', () => {
    const statements = correctionStatements(Object.keys(RUNBOOK_RIGHTS).map(corrected));

    for (const { sid, actions, resources, conditions } of statements) {
      assert.match(sid, /^[A-Za-z0-9]+$/);
      for (const action of actions) assert.match(action, /^[a-z0-9]+:[A-Z][A-Za-z]+$/);
      const everywhere = resources.some((resource) => !resource.includes('${AWS::AccountId}'));
      if (everywhere) assert.ok(conditions !== undefined, sid);
      if (resources.includes('*')) {
        assert.ok(
          actions.every((action) => /:(Get|List|Describe)/.test(action)),
          sid,
        );
      }
    }
    assert.equal(new Set(statements.map(({ sid }) => sid)).size, statements.length);
  });

  it('throws where nobody has written down what a runbook needs', () => {
    assert.throws(() => correctionStatements([corrected('AWS-Unknown')]), /does not say what the runbook AWS-Unknown/);
  });
});
