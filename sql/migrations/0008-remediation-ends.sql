-- When a change was made, undone, reverted or given up: what comes after, such as an undo that was refused, is no end of it. And
-- what findings call a resource besides. Only additions: of an older version's rows the end is when they were written last.

ALTER TABLE state.remediation ADD COLUMN ended_at timestamptz;

COMMENT ON COLUMN state.remediation.ended_at IS 'When it became applied, undone, reverted or stopped; null before, and in rows of an older version';

UPDATE state.remediation SET ended_at = updated_at WHERE status IN ('applied', 'undone', 'reverted', 'stopped');
