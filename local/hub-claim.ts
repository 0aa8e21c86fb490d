/** Binds a database to one Security Hub, and tells whether that hub has findings of it. */
import { QueryTypes, type Sequelize } from 'sequelize';
import type { SecurityHubTarget } from '../lambda/core/security-hub-target.ts';

/**
 * Notes which hub the state speaks of. Throws where it is another one: findings published there would never be archived
 * from here, and those published here would double.
 */
export async function claimHub(sequelize: Sequelize, target: SecurityHubTarget): Promise<void> {
  await sequelize.query('INSERT INTO state.hub (product_arn) VALUES ($1) ON CONFLICT DO NOTHING', {
    type: QueryTypes.INSERT,
    bind: [target.productArn],
  });
  const [hub] = await sequelize.query<{ productArn: string }>('SELECT product_arn AS "productArn" FROM state.hub', {
    type: QueryTypes.SELECT,
  });
  if (hub?.productArn !== target.productArn) {
    throw new Error(
      `This database keeps the state of another Security Hub (${hub?.productArn}), not of ${target.productArn}. ` +
        'Name a database of its own with --database.',
    );
  }
}

/** Whether the state says that the hub was sent anything. */
export async function hasPublished(sequelize: Sequelize): Promise<boolean> {
  const [state] = await sequelize.query<{ published: boolean }>(
    `SELECT EXISTS (SELECT FROM state.technique_finding WHERE published > 0)
        OR EXISTS (SELECT FROM state.tactic_finding WHERE published > 0) AS published`,
    { type: QueryTypes.SELECT },
  );
  return state?.published ?? false;
}
