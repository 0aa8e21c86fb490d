/** What changes for the catalogue, and for findings that are open, from one release of ATT&CK to the next. */
import type { CatalogueRows } from '../lambda/core/catalogue.ts';
import type { AttackReleaseReference, ReleasedTechnique } from './reference-files.ts';

/** A technique of the older release that the newer one has withdrawn. */
export interface WithdrawnTechnique {
  readonly oldId: string;
  readonly oldName: string;
  /** Null where there is no successor. */
  readonly newId: string | null;
  readonly newName: string | null;
  /** Our links under the successor. */
  readonly links: number;
}

/** A technique that both releases have, with another name or under other tactics. */
export interface ChangedTechnique {
  readonly techniqueId: string;
  readonly name: string;
  /** Set where the name is another. */
  readonly formerName: string | undefined;
  readonly tacticsAdded: readonly string[];
  readonly tacticsRemoved: readonly string[];
  readonly links: number;
}

/** All that changes. */
export interface AttackUpgrade {
  readonly tacticsRenamed: readonly { readonly tacticId: string; readonly formerName: string; readonly name: string }[];
  readonly tacticsNew: readonly { readonly tacticId: string; readonly name: string }[];
  readonly withdrawn: readonly WithdrawnTechnique[];
  readonly changed: readonly ChangedTechnique[];
  readonly added: readonly { readonly techniqueId: string; readonly name: string; readonly links: number }[];
  /** Links of ours under a technique that changed in any of these ways. */
  readonly linksTouched: number;
}

/**
 * Compares two releases on the cloud matrix.
 *
 * @param rows the catalogue of the newer release, for its redirects and links
 */
export function compareReleases(
  from: AttackReleaseReference,
  to: AttackReleaseReference,
  rows: Pick<CatalogueRows, 'redirects' | 'links' | 'techniques'>,
): AttackUpgrade {
  const linkCounts = new Map<string, number>();
  for (const { techniqueId } of rows.links) linkCounts.set(techniqueId, (linkCounts.get(techniqueId) ?? 0) + 1);
  const linksOf = (id: string | null) => linkCounts.get(id ?? '') ?? 0;
  const redirects = new Map(rows.redirects.map(({ oldId, newId }) => [oldId, newId]));
  const names = new Map(rows.techniques.map(({ techniqueId, nameEn }) => [techniqueId, nameEn]));

  const withdrawn: WithdrawnTechnique[] = [];
  const changed: ChangedTechnique[] = [];
  for (const old of from.techniques.values()) {
    const now = to.techniques.get(old.techniqueId);
    if (now === undefined) {
      const newId = redirects.get(old.techniqueId) ?? null;
      withdrawn.push({
        oldId: old.techniqueId,
        oldName: old.name,
        newId,
        newName: newId === null ? null : (to.techniques.get(newId)?.name ?? names.get(newId) ?? null),
        links: linksOf(newId),
      });
    } else if (differs(old, now)) {
      changed.push({
        techniqueId: now.techniqueId,
        name: now.name,
        formerName: old.name === now.name ? undefined : old.name,
        tacticsAdded: now.tacticIds.filter((id) => !old.tacticIds.includes(id)),
        tacticsRemoved: old.tacticIds.filter((id) => !now.tacticIds.includes(id)),
        links: linksOf(now.techniqueId),
      });
    }
  }
  const added = [...to.techniques.values()]
    .filter(({ techniqueId }) => !from.techniques.has(techniqueId))
    .map(({ techniqueId, name }) => ({ techniqueId, name, links: linksOf(techniqueId) }));
  const touched = new Set([
    ...withdrawn.flatMap(({ newId }) => newId ?? []),
    ...changed.map(({ techniqueId }) => techniqueId),
    ...added.map(({ techniqueId }) => techniqueId),
  ]);
  const tactics = [...to.tactics].map(([tacticId, { name }]) => ({
    tacticId,
    name,
    formerName: from.tactics.get(tacticId)?.name,
  }));
  return {
    tacticsRenamed: tactics.flatMap(({ tacticId, name, formerName }) =>
      formerName !== undefined && formerName !== name ? [{ tacticId, formerName, name }] : [],
    ),
    tacticsNew: tactics.flatMap(({ tacticId, name, formerName }) =>
      formerName === undefined ? [{ tacticId, name }] : [],
    ),
    withdrawn,
    changed,
    added,
    linksTouched: [...touched].reduce((sum, id) => sum + linksOf(id), 0),
  };
}

function differs(a: ReleasedTechnique, b: ReleasedTechnique): boolean {
  return a.name !== b.name || a.tacticIds.join() !== b.tacticIds.join();
}
