/**
 * The closed lists that the catalogue is checked against: what ATT&CK and AWS publish, kept beside the catalogue so that a
 * check needs no network. `sql/reference/README.md` says where each file comes from.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

/** The reference lists of this repository. */
export const REFERENCE_DIRECTORY = fileURLToPath(new URL('reference', import.meta.url));

/** A line of a reference file, by the names in its header. */
export type ReferenceRow = Readonly<Record<string, string>>;

/**
 * Reads a reference file.
 *
 * @param file path below `sql/reference`
 * @throws Error when it cannot be read
 */
export async function readReference(file: string): Promise<readonly ReferenceRow[]> {
  return parse(await readFile(path.join(REFERENCE_DIRECTORY, file)), { columns: true });
}

/** A technique as a release of ATT&CK has it. */
export interface ReleasedTechnique {
  readonly techniqueId: string;
  /** Full form, `Technique: Sub-technique`. */
  readonly name: string;
  /** Ids, sorted. */
  readonly tacticIds: readonly string[];
  readonly platforms: readonly string[];
}

/** One release of ATT&CK, as far as its cloud matrix goes. */
export interface AttackReleaseReference {
  readonly tactics: ReadonlyMap<string, { readonly name: string; readonly position: number }>;
  /** By id. */
  readonly techniques: ReadonlyMap<string, ReleasedTechnique>;
}

/** The files of each release that is kept, newest first. */
const RELEASES = { '19.2': 'attack', '18.1': 'attack/v18.1' } as const;
export type KnownRelease = keyof typeof RELEASES;
export const KNOWN_RELEASES = Object.keys(RELEASES) as readonly KnownRelease[];

/** Reads a release. Names of parents that are on no cloud platform come from the list of all Enterprise techniques. */
export async function readAttackRelease(release: KnownRelease): Promise<AttackReleaseReference> {
  const folder = RELEASES[release];
  const tacticRows = await readReference(`${folder}/tactics.csv`);
  const techniqueRows = await readReference(`${folder}/techniques.csv`);
  const names = new Map(
    [...(await readReference('attack/all-enterprise-technique-ids.csv')), ...techniqueRows].map((row) => [
      row['technique_id'] ?? '',
      row['name'] ?? '',
    ]),
  );
  // Withdrawn parents are in neither list.
  for (const row of await readReference('attack/revoked.csv')) {
    const id = row['old_id'] ?? '';
    if (!names.has(id)) names.set(id, row['old_name'] ?? '');
  }
  const tacticIds = new Map(tacticRows.map((row) => [row['shortname'] ?? '', row['tactic_id'] ?? '']));
  const tactics = new Map(
    tacticRows.map((row) => [row['tactic_id'] ?? '', { name: row['name'] ?? '', position: Number(row['position']) }]),
  );
  const techniques = new Map<string, ReleasedTechnique>();
  for (const row of techniqueRows) {
    const techniqueId = row['technique_id'] ?? '';
    const parent = row['parent_id'] ?? '';
    const name = row['name'] ?? '';
    techniques.set(techniqueId, {
      techniqueId,
      name: parent === '' ? name : `${names.get(parent) ?? parent}: ${name}`,
      tacticIds: list(row['tactic_shortnames'])
        .map((shortname) => tacticIds.get(shortname) ?? shortname)
        .sort(),
      platforms: list(row['platforms']),
    });
  }
  return { tactics, techniques };
}

function list(cell: string | undefined): string[] {
  return cell === undefined || cell === '' ? [] : cell.split(';');
}

/** Rule keys that a provider documents, and which of them it still evaluates. */
export interface DocumentedRules {
  readonly provider: string;
  readonly active: ReadonlySet<string>;
  /** Withdrawn, renamed or no longer raised; old findings still name them. */
  readonly former: ReadonlySet<string>;
}

/** Services of `other-finding-types.csv` and the provider that their types stand under. */
const OTHER_SERVICES: Readonly<Record<string, string>> = {
  'IAM Access Analyzer': 'access-analyzer',
  'Firewall Manager': 'firewall-manager',
  Inspector: 'inspector',
  'IoT Device Defender Audit': 'iot-device-defender',
  'IoT Device Defender Detect': 'iot-device-defender',
  Macie: 'macie',
};

/** Every list of rules that AWS closes: Config, Security Hub, GuardDuty and the services with a fixed set of types. */
export async function readDocumentedRules(): Promise<readonly DocumentedRules[]> {
  const providers: [
    provider: string,
    rows: readonly ReferenceRow[],
    key: string,
    isActive: (status: string) => boolean,
  ][] = [
    // A deprecated rule still runs where it was deployed.
    [
      'config',
      await readReference('aws/config-managed-rules.csv'),
      'rule_name',
      (status) => status === 'active' || status === 'deprecated',
    ],
    [
      'securityhub',
      await readReference('aws/securityhub-controls.csv'),
      'control_id',
      (status) => status === 'active' || status === 'retiring',
    ],
    [
      'guardduty',
      await readReference('aws/guardduty-finding-types.csv'),
      'finding_type',
      (status) => status === 'active',
    ],
  ];
  const others = await readReference('aws/other-finding-types.csv');
  for (const provider of new Set(Object.values(OTHER_SERVICES))) {
    const own = others.filter((row) => OTHER_SERVICES[row['source_service'] ?? ''] === provider);
    providers.push([provider, own, 'type', (status) => status === 'active']);
  }
  return providers.map(([provider, rows, key, isActive]) => {
    const keysOf = (wanted: boolean) =>
      new Set(rows.filter((row) => isActive(row['status'] ?? '') === wanted).map((row) => row[key] ?? ''));
    return { provider, active: keysOf(true), former: keysOf(false) };
  });
}
