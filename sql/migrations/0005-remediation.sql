-- What remediation has planned, asked for, done and undone. Only additions: functions of an older version know nothing of it.

-- One row for each time that an action was taken up on a resource. It outlives the finding that asked for it.
CREATE TABLE state.remediation (
    remediation_id text COLLATE "C" PRIMARY KEY,
    action_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    resource_id text NOT NULL,
    subject jsonb NOT NULL,
    source_key text COLLATE "C" NOT NULL,
    technique_id text COLLATE "C" NOT NULL,
    product_arn text NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('planned', 'requested', 'applying', 'applied', 'failed', 'undoing',
        'undone', 'reverted', 'expired', 'stopped', 'alerted')),
    before jsonb,
    after jsonb,
    calls jsonb NOT NULL DEFAULT '[]',
    reason text,
    requested_by text NOT NULL,
    approvals jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    lease_until timestamptz,
    CONSTRAINT remediation_leased CHECK ((lease_until IS NOT NULL) = (status IN ('applying', 'undoing')))
);

COMMENT ON COLUMN state.remediation.subject IS 'What the action works on, as it was taken from the source finding in state';
COMMENT ON COLUMN state.remediation.product_arn IS 'Product that the technique finding is published under: where its note goes';
COMMENT ON COLUMN state.remediation.before IS 'The state that was found, and that undo restores';
COMMENT ON COLUMN state.remediation.after IS 'The state that the change leads to; undo is refused where something else is found';
COMMENT ON COLUMN state.remediation.requested_by IS 'Who asked: automatic, the custom action, or the ARN of an IAM identity';
COMMENT ON COLUMN state.remediation.approvals IS 'Who agreed, and when: [{"who": ARN, "at": time}]';
COMMENT ON COLUMN state.remediation.lease_until IS 'Until then somebody is at it; after that it is settled by what is found';

-- At most one of an action and resource is under way. Ids of resources can be longer than an index entry.
CREATE UNIQUE INDEX remediation_open ON state.remediation (action_id, account_id, region, md5(resource_id))
    WHERE status IN ('planned', 'requested', 'applying', 'undoing');
CREATE INDEX remediation_of_resource ON state.remediation (action_id, account_id, region, md5(resource_id), created_at);
CREATE INDEX remediation_newest ON state.remediation (updated_at);
CREATE INDEX remediation_leased ON state.remediation (lease_until) WHERE lease_until IS NOT NULL;

-- Everything that has happened, in its order. Rows are only ever added; the functions cannot change or remove one.
CREATE TABLE state.remediation_event (
    event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    remediation_id text COLLATE "C" NOT NULL REFERENCES state.remediation,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('plan', 'request', 'approval', 'start', 'application', 'failure', 'undo-start',
        'undo', 'undo-refusal', 'expiry', 'reversal', 'stop', 'alert')),
    actor text NOT NULL,
    at timestamptz NOT NULL,
    detail jsonb NOT NULL,
    mirrored_at timestamptz
);

COMMENT ON COLUMN state.remediation_event.mirrored_at IS 'When it was written as a note on the finding and sent to the bus; null: still to be';

CREATE INDEX remediation_event_of ON state.remediation_event (remediation_id, event_id);
CREATE INDEX remediation_event_recent ON state.remediation_event (at) WHERE kind IN ('start', 'failure');
CREATE INDEX remediation_event_unmirrored ON state.remediation_event (event_id) WHERE mirrored_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON state.remediation TO virtual_soc_enrichment;
GRANT SELECT, INSERT, UPDATE (mirrored_at) ON state.remediation_event TO virtual_soc_enrichment;
