/**
 * What roll-up, trends and matrix count of `state.technique_finding AS t`, so that they agree: what is ACTIVE, but one whose only
 * copy is stranded in an account that no longer lets us in. Suppressed ones are for each to leave out or to list apart.
 */
export const IS_ACTIVE = `t.record_state = 'ACTIVE'
        AND (t.stranded_since IS NULL OR t.left_in IS NULL OR t.published > 0)`;
