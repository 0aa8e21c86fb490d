/** Imports findings with as much of their source as Security Hub takes. */
import type { AsffFinding } from './core/asff-finding.ts';
import type { Resource } from './core/finding.ts';
import { identityOf } from './core/resource.ts';
import type { FindingImport, ImportFailure } from './enrich-finding.ts';

/**
 * Imports, and what is refused for its content once more without the details of its resources: they are the only part that
 * is the source's own and not ours, and a finding without them is better than none.
 */
export async function importPlainer(
  findings: readonly AsffFinding[],
  securityHub: FindingImport,
): Promise<readonly ImportFailure[]> {
  const failures = await securityHub.importFindings(findings);
  const invalid = new Set(failures.filter(({ code }) => code === 'InvalidInput').map(({ id }) => id));
  if (invalid.size === 0) return failures;
  const plainer = findings
    .filter(({ Id }) => invalid.has(Id))
    .map((finding) => ({ ...finding, Resources: (finding.Resources as readonly Resource[]).map(identityOf) }));
  const others = failures.filter(({ id }) => !invalid.has(id));
  return [...others, ...(await securityHub.importFindings(plainer))];
}
