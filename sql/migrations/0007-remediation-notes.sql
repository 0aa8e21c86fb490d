-- Which technique findings a remediation answers, and the note of each. Only additions: functions of an older version go on
-- writing the note of the one finding that a remediation names.

-- A source has findings of several techniques, and a resource several sources: one change answers them all.
CREATE TABLE state.remediation_finding (
    remediation_id text COLLATE "C" NOT NULL REFERENCES state.remediation,
    source_key text COLLATE "C" NOT NULL,
    technique_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (remediation_id, source_key, technique_id)
);

CREATE INDEX remediation_finding_of ON state.remediation_finding (source_key, technique_id);

-- A finding has one note, of all its remediations. The row outlives the finding, as those of remediation do.
CREATE TABLE state.remediation_note (
    source_key text COLLATE "C" NOT NULL,
    technique_id text COLLATE "C" NOT NULL,
    product_arn text NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    written text,
    due_since timestamptz,
    tried_at timestamptz,
    failing_since timestamptz,
    given_up_at timestamptz,
    PRIMARY KEY (source_key, technique_id)
);

COMMENT ON COLUMN state.remediation_note.product_arn IS 'Product that the finding is published under: where its note goes';
COMMENT ON COLUMN state.remediation_note.revision IS 'Grows with each event, so that a note is not taken for newer than what it was made from';
COMMENT ON COLUMN state.remediation_note.written IS 'SHA-256 of the text that Security Hub has: the same is not written again';
COMMENT ON COLUMN state.remediation_note.due_since IS 'Since then there is something to be written; null: there is nothing';
COMMENT ON COLUMN state.remediation_note.tried_at IS 'When writing it has failed last; null: not since it is due';
COMMENT ON COLUMN state.remediation_note.failing_since IS 'When writing it has failed first, since it is due';
COMMENT ON COLUMN state.remediation_note.given_up_at IS 'When it was given up, having failed for a day; null: it was not, or was written since';

-- What is to be written, those that have failed after the others; and what was given up, which is hardly ever any.
CREATE INDEX remediation_note_due ON state.remediation_note (tried_at NULLS FIRST, due_since) WHERE due_since IS NOT NULL;
CREATE INDEX remediation_note_given_up ON state.remediation_note (given_up_at) WHERE given_up_at IS NOT NULL;

-- Sent and written were one thing. What was not sent yet has no note either.
COMMENT ON COLUMN state.remediation_event.mirrored_at IS 'When it was sent to the bus; null: still to be';

-- A plan or request that somebody has made good by hand.
ALTER TABLE state.remediation DROP CONSTRAINT remediation_status_check,
    ADD CONSTRAINT remediation_status_check CHECK (status IN ('planned', 'requested', 'applying', 'applied', 'failed', 'undoing',
        'undone', 'reverted', 'expired', 'lapsed', 'stopped', 'alerted'));
ALTER TABLE state.remediation_event DROP CONSTRAINT remediation_event_kind_check,
    ADD CONSTRAINT remediation_event_kind_check CHECK (kind IN ('plan', 'request', 'approval', 'start', 'application', 'failure',
        'undo-start', 'undo', 'undo-refusal', 'expiry', 'lapse', 'reversal', 'stop', 'alert'));

INSERT INTO state.remediation_finding (remediation_id, source_key, technique_id)
SELECT remediation_id, source_key, technique_id FROM state.remediation;

INSERT INTO state.remediation_note (source_key, technique_id, product_arn, due_since)
SELECT source_key, technique_id, (array_agg(product_arn ORDER BY updated_at DESC))[1],
    min((SELECT min(e.at) FROM state.remediation_event e WHERE e.remediation_id = r.remediation_id AND e.mirrored_at IS NULL))
FROM state.remediation r
GROUP BY source_key, technique_id;

GRANT SELECT, INSERT ON state.remediation_finding TO virtual_soc_enrichment;
GRANT SELECT, INSERT, UPDATE ON state.remediation_note TO virtual_soc_enrichment;
