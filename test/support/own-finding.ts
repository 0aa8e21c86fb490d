/** A technique finding as Security Hub shows it, to vary. */
import type { MappedRule } from '../../lambda/core/catalogue-index.ts';
import { parseFinding } from '../../lambda/core/finding.ts';
import { withTimes } from '../../lambda/core/asff-finding.ts';
import { securityHubTarget } from '../../lambda/core/security-hub-target.ts';
import { techniqueFindingsOf } from '../../lambda/core/technique-finding.ts';
import type { OwnFinding } from '../../local/own-findings.ts';
import { MATRIX_CATALOGUE } from './matrix.ts';
import { configRuleFinding } from './source-findings.ts';

/** The finding that the rule `mfa` gives of T1078, out of a source with these changes. */
export function ownFinding(source: Record<string, unknown> = {}, changes: Partial<OwnFinding> = {}): OwnFinding {
  const parsed = parseFinding(configRuleFinding('mfa', source));
  if ('problem' in parsed) throw new Error(parsed.problem);
  const rule = MATRIX_CATALOGUE.index.findRule({ provider: 'config', keys: ['mfa'] }) as MappedRule;
  const context = {
    catalogue: MATRIX_CATALOGUE.index,
    target: securityHubTarget('111122223333', 'eu-west-1'),
    language: 'en' as const,
  };
  const [mapped] = rule.techniques;
  if (!mapped) throw new Error('the rule has no technique');
  const { content } = techniqueFindingsOf(parsed.finding, 'a'.repeat(64), rule, context)(mapped, 'ACTIVE');
  const time = new Date('2026-11-20T12:00:00.000Z');
  return {
    ...withTimes(content, time, time),
    ...(content.FindingProviderFields as Pick<OwnFinding, 'Severity' | 'Types'>),
    Workflow: { Status: 'NEW' },
    ...changes,
  };
}
