/** Source findings as the database keeps them: the JSON they came as. */
import { type SourceFinding, parseFinding } from './finding.ts';
import { isOcsfFinding, parseOcsfFinding } from './ocsf-finding.ts';

/** Parses a kept source finding. It was parsed before it was kept, so a problem is a defect and thrown. */
export function readStoredFinding(json: string): SourceFinding {
  const value: unknown = JSON.parse(json);
  const parsed = isOcsfFinding(value) ? parseOcsfFinding(value) : parseFinding(value);
  if ('problem' in parsed) throw new Error(`a kept source finding cannot be read: ${parsed.problem}`);
  return parsed.finding;
}
