import assert from 'node:assert/strict';
import { securityHubTarget } from '../../../lambda/core/security-hub-target.ts';
import { type TacticSummary, highestSeverity, tacticFinding } from '../../../lambda/core/tactic-finding.ts';
import { smallCatalogue } from '../../support/small-catalogue.ts';

const context = {
  catalogue: smallCatalogue,
  target: securityHubTarget('111122223333', 'eu-west-1'),
  language: 'en' as const,
};
const none = { INFORMATIONAL: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };

function summary(changes: Partial<TacticSummary> = {}): TacticSummary {
  return {
    tacticId: 'TA0006',
    pairsBySeverity: { ...none, CRITICAL: 1, LOW: 9 },
    findings: 10,
    techniqueIds: ['T1110'],
    accounts: [{ accountId: '444455556666', pairs: 10 }],
    resources: 10,
    suppressed: 0,
    worstFindingIds: ['virtual-soc/technique/v1/T1110/a'],
    worstResources: [{ Id: 'arn:aws:s3:::logs', Type: 'AwsS3Bucket' }],
    ...changes,
  };
}

function build(changes: Partial<TacticSummary> = {}, language: 'en' | 'es' = 'en') {
  const tactic = smallCatalogue.tactics.find(({ id }) => id === 'TA0006');
  assert.ok(tactic);
  return tacticFinding(summary(changes), tactic, { ...context, language });
}

describe('highestSeverity', () => {
  it('is CRITICAL for one critical among nine low', () => {
    assert.equal(highestSeverity({ ...none, CRITICAL: 1, LOW: 9 }), 'CRITICAL');
  });
});

describe('tacticFinding', () => {
  it('is one finding for a tactic and a hub', () => {
    assert.equal(build().Id, 'virtual-soc/tactic/v1/111122223333/eu-west-1/TA0006');
    assert.equal(build().Title, 'TA0006 Credential Access');
  });

  it('counts by severity, techniques, resources and accounts', () => {
    assert.equal(
      build().Description,
      'Open pairs of technique and resource: 10 (1 critical, 9 low). Techniques: 1. Resources: 10. Accounts: 1: 444455556666 (10).',
    );
  });

  it('is archived, and still has a resource, where nothing is left open', () => {
    const finding = build({
      pairsBySeverity: none,
      findings: 0,
      techniqueIds: [],
      accounts: [],
      resources: 0,
      worstFindingIds: [],
      worstResources: [],
    });

    assert.equal(finding.RecordState, 'ARCHIVED');
    assert.equal(finding.Resources.length, 1);
    assert.ok(!('RelatedFindings' in finding.FindingProviderFields));
  });

  it('lists suppressed findings apart from the counts', () => {
    assert.match(build({ suppressed: 3 }).Description, /Suppressed, not counted: 3\./);
    assert.match(build({ suppressed: 3 }, 'es').Description, /Suprimidos, no contados: 3\./);
  });

  it('stays inside the limits with a thousand accounts', () => {
    const accounts = Array.from({ length: 1000 }, (_, index) => ({
      accountId: String(100000000000 + index),
      pairs: 1,
    }));

    const finding = build({ accounts });

    assert.ok(finding.Description.length <= 1024);
    assert.ok(Object.keys(finding.ProductFields).length <= 50);
    assert.equal(finding.ProductFields['mitre/count/accounts'], '1000');
  });
});
