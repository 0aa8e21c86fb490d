-- Schema catalogue: what the data files under sql/catalogue/ say, one table for each kind of file.
-- sql/load-catalogue.ts replaces all rows in one transaction; nothing else writes here, and nothing here refers to
-- schema state, so the catalogue can be loaded again at any time.

CREATE SCHEMA IF NOT EXISTS catalogue;

COMMENT ON SCHEMA catalogue IS 'MITRE ATT&CK, the rules of AWS and other finding providers, and the links between them';

-- Roles belong to the whole server. Another database of the same server may have created this one already, or may be
-- doing so at this moment: then CREATE ROLE waits for that transaction and fails.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'virtual_soc_enrichment') THEN
        CREATE ROLE virtual_soc_enrichment NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- Ids are compared byte by byte, whatever the language of the server, so that order and equality are the same everywhere.
CREATE DOMAIN catalogue.technique_id AS text COLLATE "C" CHECK (VALUE ~ '^T[0-9]{4}([.][0-9]{3})?$');
CREATE DOMAIN catalogue.tactic_id AS text COLLATE "C" CHECK (VALUE ~ '^TA[0-9]{4}$');
CREATE DOMAIN catalogue.mitigation_id AS text COLLATE "C" CHECK (VALUE ~ '^M[0-9]{4}$');
CREATE DOMAIN catalogue.campaign_id AS text COLLATE "C" CHECK (VALUE ~ '^C[0-9]{4}$');
CREATE DOMAIN catalogue.standard_key AS text COLLATE "C" CHECK (VALUE IN ('nist', 'cis', 'pci', 'c5', 'ens', 'iso'));
CREATE DOMAIN catalogue.key AS text COLLATE "C" CHECK (VALUE <> '' AND VALUE = btrim(VALUE));
CREATE DOMAIN catalogue.name AS text CHECK (char_length(VALUE) BETWEEN 1 AND 200);
CREATE DOMAIN catalogue.url AS text CHECK (VALUE ~ '^https://');

CREATE TABLE catalogue.release (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version text NOT NULL COLLATE "C" CHECK (version ~ '^[0-9a-f]{64}$'),
    attack_release text NOT NULL,
    modified date NOT NULL,
    copyright text NOT NULL,
    loaded_at timestamptz NOT NULL,
    may_lock boolean NOT NULL DEFAULT true
);

COMMENT ON TABLE catalogue.release IS 'What is loaded; one row, none before the first load. A reader locks it FOR SHARE to hold back a load';
COMMENT ON COLUMN catalogue.release.version IS 'SHA-256 of all rows of the catalogue: equal data has equal version';
COMMENT ON COLUMN catalogue.release.attack_release IS 'Release of MITRE ATT&CK, for example 19.2';
COMMENT ON COLUMN catalogue.release.modified IS 'Day on which that release was last modified';
COMMENT ON COLUMN catalogue.release.may_lock IS 'Means nothing. SELECT … FOR SHARE needs the right to update at least one column, and this is that one';

CREATE TABLE catalogue.tactic (
    tactic_id catalogue.tactic_id PRIMARY KEY,
    position smallint NOT NULL UNIQUE CHECK (position > 0),
    shortname text NOT NULL UNIQUE,
    name_en catalogue.name NOT NULL,
    name_es catalogue.name NOT NULL,
    url catalogue.url NOT NULL
);

COMMENT ON COLUMN catalogue.tactic.position IS 'Order in the matrix, from 1';

CREATE TABLE catalogue.technique (
    technique_id catalogue.technique_id PRIMARY KEY,
    parent_id catalogue.technique_id REFERENCES catalogue.technique,
    matrix text NOT NULL CHECK (matrix IN ('cloud', 'off-matrix')),
    name_en catalogue.name NOT NULL,
    name_es catalogue.name NOT NULL,
    platforms text[] NOT NULL,
    url catalogue.url NOT NULL,
    CHECK (coalesce(parent_id, '') = CASE WHEN strpos(technique_id, '.') > 0 THEN split_part(technique_id, '.', 1) ELSE '' END)
);

COMMENT ON TABLE catalogue.technique IS 'Techniques and sub-techniques';
COMMENT ON COLUMN catalogue.technique.parent_id IS 'The technique of a sub-technique';
COMMENT ON COLUMN catalogue.technique.matrix IS 'off-matrix: outside the cloud and container matrices, but shown by a detection of a run-time or the network';

CREATE TABLE catalogue.technique_tactic (
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    tactic_id catalogue.tactic_id REFERENCES catalogue.tactic,
    PRIMARY KEY (technique_id, tactic_id)
);

CREATE TABLE catalogue.mitigation (
    mitigation_id catalogue.mitigation_id PRIMARY KEY,
    name_en catalogue.name NOT NULL,
    name_es catalogue.name NOT NULL,
    url catalogue.url NOT NULL
);

CREATE TABLE catalogue.technique_mitigation (
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    mitigation_id catalogue.mitigation_id REFERENCES catalogue.mitigation,
    PRIMARY KEY (technique_id, mitigation_id)
);

CREATE TABLE catalogue.campaign (
    campaign_id catalogue.campaign_id PRIMARY KEY,
    name catalogue.name NOT NULL,
    first_seen date,
    last_seen date,
    url catalogue.url NOT NULL
);

CREATE TABLE catalogue.campaign_technique (
    campaign_id catalogue.campaign_id REFERENCES catalogue.campaign,
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    PRIMARY KEY (campaign_id, technique_id)
);

CREATE TABLE catalogue.redirect (
    old_id catalogue.technique_id PRIMARY KEY,
    new_id catalogue.technique_id CHECK (new_id <> old_id),
    since_release text NOT NULL
);

COMMENT ON TABLE catalogue.redirect IS 'Techniques that ATT&CK has revoked or deprecated';
COMMENT ON COLUMN catalogue.redirect.new_id IS 'The successor, which may be a technique that the catalogue does not hold; none where there is no successor';

CREATE TABLE catalogue.rule (
    provider catalogue.key,
    rule_key catalogue.key,
    kind text NOT NULL CHECK (kind IN ('posture', 'threat', 'vulnerability', 'data')),
    status text NOT NULL CHECK (status IN ('active', 'retired')),
    not_mappable text CHECK (not_mappable IN ('availability-only', 'cost-or-inventory', 'detection-not-native',
        'informational', 'no-attack-technique', 'too-generic')),
    advice_en text CHECK (char_length(advice_en) BETWEEN 1 AND 512),
    advice_es text CHECK (char_length(advice_es) BETWEEN 1 AND 512),
    PRIMARY KEY (provider, rule_key),
    CHECK ((advice_en IS NULL) = (advice_es IS NULL))
);

COMMENT ON TABLE catalogue.rule IS 'What can raise a finding: Config rule, Security Hub control, GuardDuty finding type …';
COMMENT ON COLUMN catalogue.rule.provider IS 'Finding provider, for example config or guardduty';
COMMENT ON COLUMN catalogue.rule.rule_key IS 'Exact and case-sensitive';
COMMENT ON COLUMN catalogue.rule.not_mappable IS 'Why the rule has no link; a rule has links or this, never both';

CREATE TABLE catalogue.rule_alias (
    provider catalogue.key,
    alias catalogue.key,
    rule_key catalogue.key,
    meaning text NOT NULL CHECK (meaning IN ('same', 'union', 'ambiguous')),
    PRIMARY KEY (provider, alias, rule_key),
    FOREIGN KEY (provider, rule_key) REFERENCES catalogue.rule
);

COMMENT ON TABLE catalogue.rule_alias IS 'Other exact names under which findings name a rule';
COMMENT ON COLUMN catalogue.rule_alias.meaning IS 'same: one rule. union: all the rules named. ambiguous: one of them, unknown which';

CREATE TABLE catalogue.link (
    provider catalogue.key,
    rule_key catalogue.key,
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    effect text NOT NULL CHECK (effect IN ('protect', 'detect', 'respond')),
    score text NOT NULL CHECK (score IN ('minimal', 'partial', 'significant')),
    tactic_ids catalogue.tactic_id[] NOT NULL,
    rationale text NOT NULL CHECK (char_length(rationale) BETWEEN 1 AND 300),
    source text NOT NULL CHECK (source IN ('judgement', 'ctid', 'prowler', 'aws', 'predecessor')),
    PRIMARY KEY (provider, rule_key, technique_id),
    FOREIGN KEY (provider, rule_key) REFERENCES catalogue.rule
);

COMMENT ON TABLE catalogue.link IS 'The technique that a rule speaks about, and what it does about it';
COMMENT ON COLUMN catalogue.link.tactic_ids IS 'Narrows the tactics of the technique; empty means all of them';
COMMENT ON COLUMN catalogue.link.source IS 'Where the link comes from';

CREATE TABLE catalogue.standard (
    standard catalogue.standard_key PRIMARY KEY,
    name catalogue.name NOT NULL,
    version text NOT NULL,
    status text NOT NULL CHECK (status IN ('verified', 'unverified')),
    id_list_source text,
    CHECK (status = 'unverified' OR id_list_source IS NOT NULL)
);

COMMENT ON COLUMN catalogue.standard.status IS 'unverified: the list of control ids is not closed, so no coverage figure counts them';

CREATE TABLE catalogue.control (
    standard catalogue.standard_key REFERENCES catalogue.standard,
    control_id catalogue.key,
    title text,
    PRIMARY KEY (standard, control_id)
);

COMMENT ON COLUMN catalogue.control.title IS 'Only where the licence of the publisher allows it';

CREATE TABLE catalogue.control_technique (
    standard catalogue.standard_key,
    control_id catalogue.key,
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    source text NOT NULL,
    PRIMARY KEY (standard, control_id, technique_id),
    FOREIGN KEY (standard, control_id) REFERENCES catalogue.control
);

-- The enrichment reads the catalogue and never changes it.
GRANT USAGE ON SCHEMA catalogue TO virtual_soc_enrichment;
GRANT SELECT ON ALL TABLES IN SCHEMA catalogue TO virtual_soc_enrichment;
GRANT UPDATE (may_lock) ON catalogue.release TO virtual_soc_enrichment;
