/** Source findings as the database keeps them: the JSON they came as. */
import { type SourceFinding, parseFinding } from './finding.ts';
import { parseOcsfFinding } from './ocsf-finding.ts';

/**
 * Parses a kept source finding, in the format that accepts it: it was parsed before it was kept. Throws where neither
 * does, which is a defect; who reads several must not lose the others for it.
 */
export function readStoredFinding(json: string): SourceFinding {
  const value: unknown = JSON.parse(json);
  const asff = parseFinding(value);
  if ('finding' in asff) return asff.finding;
  const ocsf = parseOcsfFinding(value);
  if ('finding' in ocsf) return ocsf.finding;
  throw new Error('a kept source finding cannot be read');
}
