-- What AWS Config knows of the recorders and detectors of all accounts and Regions, replaced once a day. No row: not known.

CREATE TABLE state.sensor (
    provider text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    region text COLLATE "C" NOT NULL,
    is_on boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (provider, account_id, region)
);

COMMENT ON TABLE state.sensor IS 'Whether AWS Config (config) and GuardDuty (guardduty) are on, by account and Region';

GRANT SELECT, INSERT, UPDATE, DELETE ON state.sensor TO virtual_soc_enrichment;
