-- Where each technique finding is written: the hub, or (PublishTo=owner) the account and Region that own its source.
-- Only additions: functions of an older version go on writing to the hub and know nothing of these columns.

ALTER TABLE state.technique_finding
    ADD COLUMN written_account text COLLATE "C",
    ADD COLUMN written_region text COLLATE "C",
    ADD COLUMN left_in text[],
    ADD COLUMN stranded_since timestamptz,
    ADD CONSTRAINT technique_finding_written_in CHECK ((written_account IS NULL) = (written_region IS NULL));

COMMENT ON COLUMN state.technique_finding.written_account IS 'Account that the current revision is written in; null: the hub';
COMMENT ON COLUMN state.technique_finding.written_region IS 'Region that the current revision is written in; null: the hub';
COMMENT ON COLUMN state.technique_finding.published IS 'Highest revision that the place it is written in has accepted; 0 again after a move';
COMMENT ON COLUMN state.technique_finding.left_in IS 'Other places (account/Region, or hub) where an earlier revision may still be open and has to be archived';
COMMENT ON COLUMN state.technique_finding.stranded_since IS 'Since when a copy cannot be archived, because its account does not let us in';

CREATE INDEX technique_finding_elsewhere ON state.technique_finding (source_key) WHERE written_account IS NOT NULL;
CREATE INDEX technique_finding_left ON state.technique_finding (source_key) WHERE left_in IS NOT NULL;
CREATE INDEX technique_finding_stranded ON state.technique_finding (source_key) WHERE stranded_since IS NOT NULL;

-- Owner accounts and Regions that did not let us in or did not answer, one row for each until it does: the circuit
-- breaker that all functions share. No row means that nothing is known against it.
CREATE TABLE state.publish_target (
    place text COLLATE "C" PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz NOT NULL,
    refused boolean NOT NULL DEFAULT false,
    code text,
    retry_at timestamptz NOT NULL
);

COMMENT ON COLUMN state.publish_target.place IS 'account/Region';
COMMENT ON COLUMN state.publish_target.failures IS 'Failures in a row';
COMMENT ON COLUMN state.publish_target.refused IS 'Its role is missing or refuses, Security Hub is off there, or it has not answered for a day: its findings go to the hub';
COMMENT ON COLUMN state.publish_target.code IS 'The error of the last attempt, by its name';
COMMENT ON COLUMN state.publish_target.retry_at IS 'Before this time nothing is sent there; after it one batch tries';

-- Copies of ours that stay open in an account which no longer lets us in. Security Hub deletes them after 90 days.
CREATE VIEW state.stranded AS
SELECT t.source_key, t.technique_id, t.record_state, place.place, t.stranded_since, t.published > 0 AS written_elsewhere
FROM state.technique_finding t
CROSS JOIN LATERAL unnest(coalesce(t.left_in, ARRAY[t.written_account || '/' || t.written_region])) AS place (place)
WHERE t.stranded_since IS NOT NULL AND (t.left_in IS NOT NULL OR t.published < t.revision);

GRANT SELECT, INSERT, UPDATE, DELETE ON state.publish_target TO virtual_soc_enrichment;
GRANT SELECT ON state.stranded TO virtual_soc_enrichment;
