-- People affected among people at risk in trials, by drug and route, beside the comparator arms of the same trials.
-- grain  one row per drug, route, reaction, definition, population and comparator
-- key    drug, route, reaction, definition, population, comparator
-- not    an effect: descriptive sums; effects come only from trial_effect. Rows do not sum

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    count(distinct trial_id) as trial_count,
    coalesce(sum(arm_count) filter (where side = 'drug'), 0)::bigint as arm_count,
    coalesce(sum(participants_affected_lower) filter (where side = 'drug'), 0)::bigint as participants_affected_lower,
    coalesce(sum(participants_affected_upper) filter (where side = 'drug'), 0)::bigint as participants_affected_upper,
    coalesce(sum(participants_at_risk) filter (where side = 'drug'), 0)::bigint as participants_at_risk,
    coalesce(sum(arm_count) filter (where side = 'comparator'), 0)::bigint as comparator_arm_count,
    sum(participants_affected_lower) filter (where side = 'comparator')::bigint
        as comparator_participants_affected_lower,
    sum(participants_affected_upper) filter (where side = 'comparator')::bigint
        as comparator_participants_affected_upper,
    sum(participants_at_risk) filter (where side = 'comparator')::bigint as comparator_participants_at_risk,
    count(distinct trial_id) filter (where is_below_threshold) as trials_below_threshold_count,
    count(distinct trial_id) filter (where is_hidden_in_composite) as trials_hidden_in_composite_count
from intermediate.observed_side
where is_in_all
group by drug, route, reaction, definition, population, comparator
