import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import { rulesOnOurFindings } from '../../lambda/preflight-rules.ts';
import { matches } from '../products/event-pattern.ts';
import { findingEvent } from '../support/source-findings.ts';

const TARGET = securityHubTarget('444455556666', 'eu-west-1');

const fires = (pattern: object) =>
  rulesOnOurFindings([{ name: 'rule', enabled: true, pattern: JSON.stringify(pattern) }], TARGET).length > 0;

const onFindings = (findings: object, type = 'Security Hub Findings - Imported') => ({
  source: ['aws.securityhub'],
  'detail-type': [type],
  detail: { findings },
});

describe('rulesOnOurFindings', () => {
  for (const [what, pattern] of Object.entries({
    'takes every finding': onFindings({ Id: [{ exists: true }] }),
    'looks at the account alone': { account: ['444455556666'] },
    'takes a severity, since ours may have it': onFindings({ Severity: { Label: ['CRITICAL'] } }),
    'takes what is new and active': onFindings({ Workflow: { Status: ['NEW'] }, RecordState: ['ACTIVE'] }),
    'takes a prefix of what our types start with': onFindings({ Types: [{ prefix: 'TTPs/Initial' }] }),
    'refuses only other generators': onFindings({ GeneratorId: [{ 'anything-but': { prefix: 'aws/' } }] }),
    'takes one of several by $or': { $or: [{ source: ['aws.ec2'] }, { source: ['aws.securityhub'] }] },
    'asks for a field to be missing that ours do not have': onFindings({ Compliance: { Status: [{ exists: false }] } }),
    'takes any source of AWS': { source: [{ wildcard: 'aws.*hub' }] },
    'uses an operator not known here': onFindings({ ProductName: [{ sounds: 'like' }] }),
    'takes every finding of the new Security Hub': onFindings({ severity_id: [5] }, 'Findings Imported V2'),
  })) {
    it(`names a rule that ${what}`, () => assert.ok(fires(pattern)));
  }

  for (const [what, pattern] of Object.entries({
    'takes another source': { source: ['aws.guardduty'] },
    'takes other events of Security Hub': onFindings({}, 'Security Hub Insight Results'),
    'refuses our generators': onFindings({ GeneratorId: [{ 'anything-but': { prefix: 'virtual-soc/' } }] }),
    'refuses our generators by a wildcard': onFindings({
      GeneratorId: [{ 'anything-but': { wildcard: 'virtual-soc/*' } }],
    }),
    'refuses our product by its name': onFindings({ ProductName: [{ 'anything-but': ['MITRE ATT&CK', 'Other'] }] }),
    'takes findings of one product': onFindings({ ProductName: ['GuardDuty'] }),
    'takes findings of one product by its ARN': onFindings({ ProductArn: [{ suffix: 'product/aws/guardduty' }] }),
    'takes failed controls, which ours are not': onFindings({ Compliance: { Status: ['FAILED'] } }),
    'takes types of controls': onFindings({ Types: [{ prefix: 'Software and Configuration Checks' }] }),
    'refuses our findings in the new Security Hub': onFindings(
      { finding_info: { uid: [{ 'anything-but': { prefix: 'virtual-soc/' } }] } },
      'Findings Imported V2',
    ),
  })) {
    it(`does not name a rule that ${what}`, () => assert.ok(!fires(pattern)));
  }

  it('finds what fires on a technique finding that Security Hub has sent', () => {
    const own = JSON.parse(readFileSync('test/fixtures/findings/own-technique-finding.json', 'utf8')) as Record<
      string,
      unknown
    >;
    const pattern = onFindings({
      GeneratorId: [own['GeneratorId']],
      CompanyName: [own['CompanyName']],
      RecordState: [own['RecordState']],
      Types: own['Types'],
    });

    assert.ok(matches(pattern, findingEvent(own)));
    assert.ok(fires(pattern));
  });

  it('names a rule whose pattern it cannot read, rather than pass over it', () => {
    assert.deepEqual(rulesOnOurFindings([{ name: 'odd', enabled: true, pattern: '{' }], TARGET), ['odd']);
  });
});
