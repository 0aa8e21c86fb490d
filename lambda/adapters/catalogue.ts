/** The catalogue in PostgreSQL, read whole. */
import { QueryTypes, type Sequelize, Transaction } from 'sequelize';
import type { CatalogueRows } from '../core/catalogue.ts';

/** One query for each table; columns are named as the rows' properties, rows are in the order of their keys. */
const QUERIES: { readonly [T in keyof CatalogueRows]: string } = {
  release: `SELECT version, attack_release AS "attackRelease", modified::text, copyright FROM catalogue.release`,
  tactics: `SELECT tactic_id AS "tacticId", position, shortname, name_en AS "nameEn", name_es AS "nameEs",
      summary_en AS "summaryEn", summary_es AS "summaryEs", url
    FROM catalogue.tactic ORDER BY tactic_id`,
  techniques: `SELECT technique_id AS "techniqueId", parent_id AS "parentId", matrix, name_en AS "nameEn",
      name_es AS "nameEs", summary_en AS "summaryEn", summary_es AS "summaryEs", platforms, url
    FROM catalogue.technique ORDER BY technique_id`,
  techniqueTactics: `SELECT technique_id AS "techniqueId", tactic_id AS "tacticId"
    FROM catalogue.technique_tactic ORDER BY technique_id, tactic_id`,
  mitigations: `SELECT mitigation_id AS "mitigationId", name_en AS "nameEn", name_es AS "nameEs",
      summary_en AS "summaryEn", summary_es AS "summaryEs", url
    FROM catalogue.mitigation ORDER BY mitigation_id`,
  techniqueMitigations: `SELECT technique_id AS "techniqueId", mitigation_id AS "mitigationId"
    FROM catalogue.technique_mitigation ORDER BY technique_id, mitigation_id`,
  campaigns: `SELECT campaign_id AS "campaignId", name, first_seen::text AS "firstSeen", last_seen::text AS "lastSeen",
      summary_en AS "summaryEn", summary_es AS "summaryEs", url
    FROM catalogue.campaign ORDER BY campaign_id`,
  campaignTechniques: `SELECT campaign_id AS "campaignId", technique_id AS "techniqueId"
    FROM catalogue.campaign_technique ORDER BY campaign_id, technique_id`,
  groups: `SELECT group_id AS "groupId", name, aliases, summary_en AS "summaryEn", summary_es AS "summaryEs", url
    FROM catalogue.threat_group ORDER BY group_id`,
  campaignGroups: `SELECT campaign_id AS "campaignId", group_id AS "groupId"
    FROM catalogue.campaign_group ORDER BY campaign_id, group_id`,
  groupTechniques: `SELECT group_id AS "groupId", technique_id AS "techniqueId"
    FROM catalogue.group_technique ORDER BY group_id, technique_id`,
  unlinkedTechniques: `SELECT technique_id AS "techniqueId", reason, explanation_en AS "explanationEn",
      explanation_es AS "explanationEs"
    FROM catalogue.unlinked_technique ORDER BY technique_id`,
  redirects: `SELECT old_id AS "oldId", new_id AS "newId", since_release AS "sinceRelease"
    FROM catalogue.redirect ORDER BY old_id`,
  products: `SELECT product, provider, name, key, field, prefix, attack_labels AS "attackLabels"
    FROM catalogue.product ORDER BY product`,
  rules: `SELECT provider, rule_key AS "ruleKey", kind, status, not_mappable AS "notMappable", inherits, advice_en AS "adviceEn",
      advice_es AS "adviceEs"
    FROM catalogue.rule ORDER BY provider, rule_key`,
  requirements: `SELECT provider, rule_key AS "ruleKey", requirement
    FROM catalogue.rule_requirement ORDER BY provider, rule_key, requirement`,
  aliases: `SELECT provider, alias, rule_key AS "ruleKey", meaning
    FROM catalogue.rule_alias ORDER BY provider, alias, rule_key`,
  links: `SELECT provider, rule_key AS "ruleKey", technique_id AS "techniqueId", effect, score,
      tactic_ids::text[] AS "tacticIds", rationale, source
    FROM catalogue.link ORDER BY provider, rule_key, technique_id`,
  standards: `SELECT standard, name, version, status, id_list_source AS "idListSource"
    FROM catalogue.standard ORDER BY standard`,
  controls: `SELECT standard, control_id AS "controlId", title FROM catalogue.control ORDER BY standard, control_id`,
  controlTechniques: `SELECT standard, control_id AS "controlId", technique_id AS "techniqueId", source
    FROM catalogue.control_technique ORDER BY standard, control_id, technique_id`,
};

/**
 * Reads the catalogue as it is at one moment: a load that happens meanwhile is not seen at all.
 *
 * @throws Error when no catalogue has been loaded yet, or the database fails
 */
export async function readCatalogue(sequelize: Sequelize): Promise<CatalogueRows> {
  const isolationLevel = Transaction.ISOLATION_LEVELS.REPEATABLE_READ;
  return sequelize.transaction({ isolationLevel }, async (transaction) => {
    await sequelize.query('SET TRANSACTION READ ONLY', { transaction });
    const read = (table: keyof CatalogueRows) =>
      sequelize.query(QUERIES[table], { type: QueryTypes.SELECT, raw: true, transaction });

    const [release] = await read('release');
    if (release === undefined) {
      throw new Error('The database has no catalogue yet: run the catalogue loader after the migrations.');
    }
    const rows: Partial<Record<keyof CatalogueRows, object>> = { release };
    for (const table of Object.keys(QUERIES) as (keyof CatalogueRows)[]) {
      if (table !== 'release') rows[table] = await read(table);
    }
    return rows as CatalogueRows;
  });
}
