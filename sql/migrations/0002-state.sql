-- Runtime state of the enrichment: what is open, what was sent, what is still to send.
-- The catalogue can be reloaded without touching any of it.

CREATE SCHEMA state;

-- One row for each source finding ever seen, holding the newest event of it. `finding` is the newest open event's ASFF
-- (or OCSF) as JSON text, kept once for all its techniques; null where the source was never open.
-- Times in nanoseconds since 1970 keep the full order of events: timestamptz stops at microseconds.
CREATE TABLE state.source (
    source_key text COLLATE "C" PRIMARY KEY,
    updated_at_ns bigint NOT NULL,
    processed_at_ns bigint NOT NULL,
    event_at_ns bigint NOT NULL,
    is_open boolean NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    product_arn text COLLATE "C" NOT NULL,
    finding_id text NOT NULL,
    provider text COLLATE "C" NOT NULL,
    rule_key text COLLATE "C" NOT NULL,
    unmapped_reason text,
    severity smallint NOT NULL,
    resource_ids text[] NOT NULL,
    finding text,
    -- Catalogue version, language and target the technique findings were last built with.
    enriched_with text COLLATE "C" NOT NULL,
    closed_reason text,
    seen_at timestamptz NOT NULL
);
-- Rows change often and their indexed columns seldom: room on the page keeps those updates from touching indexes.
ALTER TABLE state.source SET (fillfactor = 85);
CREATE INDEX source_open_enriched_with ON state.source (enriched_with, source_key) WHERE is_open;
CREATE INDEX source_closed_seen_at ON state.source (seen_at) WHERE NOT is_open;

-- Sources whose newest check said WARNING or NOT_AVAILABLE: neither open nor closed, but not green either.
CREATE TABLE state.unchecked_source (
    source_key text COLLATE "C" PRIMARY KEY,
    updated_at_ns bigint NOT NULL,
    processed_at_ns bigint NOT NULL,
    event_at_ns bigint NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    rule_key text COLLATE "C" NOT NULL,
    compliance_status text NOT NULL
);

-- Those whose newest word is that nothing was checked: a check that came after it outranks it.
CREATE VIEW state.unchecked AS
SELECT u.* FROM state.unchecked_source u LEFT JOIN state.source s USING (source_key)
WHERE s.source_key IS NULL
    OR (u.updated_at_ns, u.processed_at_ns, u.event_at_ns) > (s.updated_at_ns, s.processed_at_ns, s.event_at_ns);

-- One row for each technique finding: what it says by hash, and which revision of it Security Hub has.
CREATE TABLE state.technique_finding (
    source_key text COLLATE "C" NOT NULL REFERENCES state.source ON DELETE CASCADE,
    technique_id text COLLATE "C" NOT NULL,
    record_state text NOT NULL CHECK (record_state IN ('ACTIVE', 'ARCHIVED')),
    content_hash text COLLATE "C" NOT NULL,
    tactic_ids text[] NOT NULL,
    effect text NOT NULL,
    score text NOT NULL,
    severity smallint NOT NULL,
    -- Raised with every change; `published` is the highest revision Security Hub has accepted.
    revision bigint NOT NULL DEFAULT 1,
    published bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- What an analyst made of it in Security Hub, and the order of the event that said so.
    workflow_status text NOT NULL DEFAULT 'NEW',
    workflow_updated_at_ns bigint NOT NULL DEFAULT 0,
    workflow_processed_at_ns bigint NOT NULL DEFAULT 0,
    workflow_event_at_ns bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (source_key, technique_id)
);
ALTER TABLE state.technique_finding SET (fillfactor = 80);
CREATE INDEX technique_finding_unpublished ON state.technique_finding (source_key) WHERE published < revision;
CREATE INDEX technique_finding_refresh ON state.technique_finding (updated_at) WHERE record_state = 'ACTIVE';

-- Which tactics have changed since their last roll-up. Rows are only ever added and removed, so that batches which touch
-- the same tactic never wait for each other.
CREATE TABLE state.tactic_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tactic_id text COLLATE "C" NOT NULL
);

CREATE TABLE state.tactic_finding (
    tactic_id text COLLATE "C" PRIMARY KEY,
    record_state text NOT NULL CHECK (record_state IN ('ACTIVE', 'ARCHIVED')),
    content_hash text COLLATE "C" NOT NULL,
    content text NOT NULL,
    revision bigint NOT NULL DEFAULT 1,
    published bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX tactic_finding_unpublished ON state.tactic_finding (tactic_id) WHERE published < revision;

-- The import budget of Security Hub, one token bucket for each account and Region, shared by all functions.
CREATE TABLE state.import_budget (
    hub text COLLATE "C" PRIMARY KEY,
    tokens double precision NOT NULL,
    refilled_at timestamptz NOT NULL
);

-- Where the daily reconciliation goes on when its time is up.
CREATE TABLE state.reconcile_progress (
    step text COLLATE "C" PRIMARY KEY,
    cursor text NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Which hub this state speaks of: publishing it to another one would archive nothing there and double everything.
CREATE TABLE state.hub (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    product_arn text NOT NULL
);

GRANT USAGE ON SCHEMA state TO virtual_soc_enrichment;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA state TO virtual_soc_enrichment;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA state TO virtual_soc_enrichment;
