-- Two words of one moment that nothing was checked: the content decides which of them is kept, as it does of all other words of a
-- source. Only an addition: functions of an older version leave it empty, and lose to whoever fills it.

ALTER TABLE state.unchecked_source ADD COLUMN content_hash text COLLATE "C" NOT NULL DEFAULT '';

COMMENT ON COLUMN state.unchecked_source.content_hash IS 'SHA-256 of the source finding: what decides between two of the same moment';
