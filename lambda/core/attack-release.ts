import type { CatalogueIndex } from './catalogue-index.ts';

const DAY = 86_400_000;

/**
 * Days since the catalogue's release of ATT&CK was last modified, whole ones. A clock that is behind that day gives 0.
 *
 * MITRE publishes new releases only, and says of none that it has been succeeded: its age is what can be known offline.
 */
export function attackReleaseAge({ attackModified }: Pick<CatalogueIndex, 'attackModified'>, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(attackModified)) / DAY));
}
