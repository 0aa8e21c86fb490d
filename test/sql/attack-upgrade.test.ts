import assert from 'node:assert/strict';
import { type AttackUpgrade, compareReleases } from '../../sql/attack-upgrade.ts';
import { readCatalogueFiles } from '../../sql/catalogue-files.ts';
import { readAttackRelease, readReference } from '../../sql/reference-files.ts';

describe('compareReleases, from ATT&CK 18.1 to 19.2', () => {
  let upgrade: AttackUpgrade;

  before(async () => {
    const { rows } = await readCatalogueFiles();
    upgrade = compareReleases(await readAttackRelease('18.1'), await readAttackRelease('19.2'), rows);
  });

  it('names the successor of every withdrawn technique', () => {
    assert.deepEqual(
      upgrade.withdrawn.map(({ oldId, newId }) => `${oldId} ${newId ?? '-'}`),
      [
        'T1562 T1685',
        'T1562.001 T1685',
        'T1562.007 T1686.001',
        'T1562.008 T1685.002',
        'T1656 T1684.001',
        'T1672 T1684.002',
      ],
    );
  });

  it('says that Defense Evasion became Stealth and that Defense Impairment is new', () => {
    assert.deepEqual(upgrade.tacticsRenamed, [{ tacticId: 'TA0005', formerName: 'Defense Evasion', name: 'Stealth' }]);
    assert.deepEqual(upgrade.tacticsNew, [{ tacticId: 'TA0112', name: 'Defense Impairment' }]);
  });

  it("agrees with ATT&CK's own list of what changed, on the techniques of both matrices", async () => {
    const changed = new Map(upgrade.changed.map((row) => [row.techniqueId, row]));
    const listed = (await readReference('attack/upgrade-18.1-to-19.csv')).filter((row) =>
      changed.has(row['new_id'] ?? ''),
    );

    for (const row of listed) {
      const own = changed.get(row['new_id'] ?? '');
      if (row['change'] === 'tactic-added') assert.ok(own?.tacticsAdded.includes(row['detail'] ?? ''), row['new_id']);
      if (row['change'] === 'tactic-removed')
        assert.ok(own?.tacticsRemoved.includes(row['detail'] ?? ''), row['new_id']);
    }
    assert.ok(listed.length >= 20);
  });
});
