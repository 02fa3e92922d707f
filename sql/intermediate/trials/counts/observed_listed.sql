-- What each event group's posted rows state about each reaction: the largest row and the sum of rows, by list.
-- grain  one row per event group, reaction, definition and list (serious or other) with at least one posted row
-- key    trial_id, arm_id, reaction, definition, is_serious
-- not    people: one person may be counted in several rows, so the sum is only a ceiling

select
    posted.trial_id,
    posted.arm_id,
    term.reaction,
    term.definition,
    posted.is_serious,
    count(*) as row_count,
    max(coalesce(posted.participants_affected, 0)) as affected_lower,
    -- a row without a number may count anybody at risk
    sum(coalesce(posted.participants_affected, posted.participants_at_risk, 1000000000))::bigint as affected_upper,
    max(posted.participants_at_risk) as participants_at_risk,
    bool_or(term.is_composite) as has_composite_term,
    string_agg(distinct posted.term, '; ' order by posted.term) as terms_text
from intermediate.observed_term as posted
inner join intermediate.trial_reaction_term as term using (term)
group by posted.trial_id, posted.arm_id, term.reaction, term.definition, posted.is_serious
