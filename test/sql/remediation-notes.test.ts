import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { QueryTypes } from 'sequelize';
import { MIGRATIONS_DIRECTORY, migrate } from '../../sql/migrate.ts';
import { createEmptyDatabase } from '../support/database.ts';

describe('the migration that brings the notes of remediation', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let before: string;

  beforeEach(async () => {
    database = await createEmptyDatabase();
    before = await mkdtemp(path.join(os.tmpdir(), 'vsoc-test-'));
    for (const name of await readdir(MIGRATIONS_DIRECTORY)) {
      if (name < '0007') await cp(path.join(MIGRATIONS_DIRECTORY, name), path.join(before, name));
    }
    await migrate(database.owner, before);
  });

  afterEach(async () => {
    await database.drop();
    await rm(before, { recursive: true, force: true });
  });

  const add = async (id: string, sourceKey: string, productArn: string, updatedAt: string, mirrored: string | null) => {
    await database.owner.query(
      `INSERT INTO state.remediation (remediation_id, action_id, account_id, region, resource_id, subject, source_key,
          technique_id, product_arn, status, requested_by, created_at, updated_at)
      VALUES ($1, 'a', '444455556666', 'eu-west-1', $1, '{}', $2, 'T1485', $3, 'applied', 'automatic', $4, $4)`,
      { bind: [id, sourceKey, productArn, updatedAt] },
    );
    await database.owner.query(
      `INSERT INTO state.remediation_event (remediation_id, kind, actor, at, detail, mirrored_at)
      VALUES ($1, 'application', 'automatic', $2, '{}', $3)`,
      { bind: [id, updatedAt, mirrored] },
    );
  };

  it('takes over which finding each remediation names, and has written what was not told yet', async () => {
    const day = (number: number) => `2026-11-0${number}T00:00:00.000Z`;
    await add('r-1', 'told', 'old', day(1), day(1));
    await add('r-2', 'told', 'new', day(2), day(2));
    await add('r-3', 'untold', 'new', day(3), day(3));
    await add('r-4', 'untold', 'new', day(4), null);

    await migrate(database.owner);

    const rows = (sql: string) => database.owner.query(sql, { type: QueryTypes.SELECT });
    assert.deepEqual(
      await rows('SELECT remediation_id AS id, source_key AS source FROM state.remediation_finding ORDER BY id'),
      [
        { id: 'r-1', source: 'told' },
        { id: 'r-2', source: 'told' },
        { id: 'r-3', source: 'untold' },
        { id: 'r-4', source: 'untold' },
      ],
    );
    assert.deepEqual(
      await rows(
        'SELECT source_key AS source, product_arn AS product, due_since AS due FROM state.remediation_note ORDER BY 1',
      ),
      [
        { source: 'told', product: 'new', due: null },
        { source: 'untold', product: 'new', due: new Date(day(4)) },
      ],
    );
  });
});
