-- What the whole catalogue needs beside the first one: summaries, groups, techniques without a link, third-party
-- products, inheritance and published requirements. Only additions: functions of an older version go on reading what
-- they know, and an older loader leaves the new columns empty.

CREATE DOMAIN catalogue.group_id AS text COLLATE "C" CHECK (VALUE ~ '^G[0-9]{4}$');
CREATE DOMAIN catalogue.sentence AS text CHECK (char_length(VALUE) BETWEEN 1 AND 400);

ALTER TABLE catalogue.tactic ADD COLUMN summary_en catalogue.sentence, ADD COLUMN summary_es catalogue.sentence;
ALTER TABLE catalogue.technique ADD COLUMN summary_en catalogue.sentence, ADD COLUMN summary_es catalogue.sentence;
ALTER TABLE catalogue.mitigation ADD COLUMN summary_en catalogue.sentence, ADD COLUMN summary_es catalogue.sentence;
ALTER TABLE catalogue.campaign ADD COLUMN summary_en catalogue.sentence, ADD COLUMN summary_es catalogue.sentence;

CREATE TABLE catalogue.threat_group (
    group_id catalogue.group_id PRIMARY KEY,
    name catalogue.name NOT NULL,
    aliases text[] NOT NULL,
    summary_en catalogue.sentence NOT NULL,
    summary_es catalogue.sentence NOT NULL,
    url catalogue.url NOT NULL
);

COMMENT ON TABLE catalogue.threat_group IS 'Groups of ATT&CK: sets of intrusions that are tracked under one name';

CREATE TABLE catalogue.campaign_group (
    campaign_id catalogue.campaign_id REFERENCES catalogue.campaign,
    group_id catalogue.group_id REFERENCES catalogue.threat_group,
    PRIMARY KEY (campaign_id, group_id)
);

COMMENT ON TABLE catalogue.campaign_group IS 'Whom a campaign is attributed to';

CREATE TABLE catalogue.group_technique (
    group_id catalogue.group_id REFERENCES catalogue.threat_group,
    technique_id catalogue.technique_id REFERENCES catalogue.technique,
    PRIMARY KEY (group_id, technique_id)
);

CREATE TABLE catalogue.unlinked_technique (
    technique_id catalogue.technique_id PRIMARY KEY REFERENCES catalogue.technique,
    reason text NOT NULL CHECK (reason IN ('through-sub-techniques', 'through-technique', 'outside-aws', 'no-native-detection')),
    explanation_en catalogue.sentence NOT NULL,
    explanation_es catalogue.sentence NOT NULL
);

COMMENT ON TABLE catalogue.unlinked_technique IS 'Techniques of the cloud matrix that no rule is linked to, each with the reason';

CREATE TABLE catalogue.product (
    product catalogue.key PRIMARY KEY,
    provider catalogue.key NOT NULL,
    name catalogue.name NOT NULL,
    key text NOT NULL CHECK (key IN ('generator-id', 'types', 'title', 'product-field')),
    field catalogue.key,
    prefix catalogue.key,
    attack_labels boolean NOT NULL,
    CHECK ((key = 'product-field') = (field IS NOT NULL))
);

COMMENT ON TABLE catalogue.product IS 'How the findings of third-party products name their rule';
COMMENT ON COLUMN catalogue.product.product IS 'The part of ProductArn after product/';
COMMENT ON COLUMN catalogue.product.attack_labels IS 'Whether the techniques that its findings name themselves are believed';

ALTER TABLE catalogue.rule ADD COLUMN inherits catalogue.key;

COMMENT ON COLUMN catalogue.rule.inherits IS '<provider>:<rule key> of the rule that this one has its links and its advice from; they are written out here';

CREATE TABLE catalogue.rule_requirement (
    provider catalogue.key,
    rule_key catalogue.key,
    requirement catalogue.key,
    PRIMARY KEY (provider, rule_key, requirement),
    FOREIGN KEY (provider, rule_key) REFERENCES catalogue.rule
);

COMMENT ON TABLE catalogue.rule_requirement IS 'Requirements of standards that the provider itself publishes for a rule';

ALTER TABLE catalogue.link DROP CONSTRAINT link_source_check;
ALTER TABLE catalogue.link ADD CONSTRAINT link_source_check
    CHECK (source IN ('judgement', 'ctid', 'prowler', 'aws', 'predecessor', 'customer'));

-- Techniques that a source finding itself names and the catalogue does not know, so that they can be listed.
ALTER TABLE state.source ADD COLUMN unknown_techniques text[];

GRANT SELECT ON ALL TABLES IN SCHEMA catalogue TO virtual_soc_enrichment;
