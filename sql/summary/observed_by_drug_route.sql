-- People affected among people at risk in trials, by drug and route, beside the comparator arms of the same trials.
-- grain  one row per drug, route, reaction, definition, population and comparator
-- key    drug, route, reaction, definition, population, comparator
-- not    an effect: descriptive sums; effects come only from trial_effect. Rows do not sum

with counted as (
    select
        cell.drug,
        cell.route,
        cell.population,
        cell.comparator,
        cell.side,
        cell.trial_id,
        cell.arm_id,
        trial.is_crossover,
        people.reaction,
        people.definition,
        people.participants_affected_lower,
        people.participants_affected_upper,
        people.participants_at_risk,
        people.is_below_threshold,
        composite.trial_id is not null as is_hidden
    from events.observed_cell as cell
    inner join events.observed_count as people using (trial_id, arm_id)
    inner join clean.trial as trial using (trial_id)
    left join events.observed_composite as composite using (trial_id, arm_id, reaction, definition)
),

-- in a crossover the same people stand in several arms: the largest at least, all of them together at most
by_trial as (
    select
        drug, route, population, comparator, side, reaction, definition, trial_id,
        count(*) as arm_count,
        bool_or(is_below_threshold) as is_below_threshold,
        bool_or(is_hidden) as is_hidden,
        case when is_crossover then max(participants_at_risk) else sum(participants_at_risk) end as at_risk,
        case when is_crossover then max(participants_affected_lower) else sum(participants_affected_lower) end as lower,
        least(sum(participants_affected_upper), at_risk) as upper
    from counted
    group by drug, route, population, comparator, side, reaction, definition, trial_id, is_crossover
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    count(distinct trial_id) as trial_count,
    coalesce(sum(arm_count) filter (where side = 'drug'), 0)::bigint as arm_count,
    coalesce(sum(lower) filter (where side = 'drug'), 0)::bigint as participants_affected_lower,
    coalesce(sum(upper) filter (where side = 'drug'), 0)::bigint as participants_affected_upper,
    coalesce(sum(at_risk) filter (where side = 'drug'), 0)::bigint as participants_at_risk,
    coalesce(sum(arm_count) filter (where side = 'comparator'), 0)::bigint as comparator_arm_count,
    sum(lower) filter (where side = 'comparator')::bigint as comparator_participants_affected_lower,
    sum(upper) filter (where side = 'comparator')::bigint as comparator_participants_affected_upper,
    sum(at_risk) filter (where side = 'comparator')::bigint as comparator_participants_at_risk,
    count(distinct trial_id) filter (where is_below_threshold) as trials_below_threshold_count,
    count(distinct trial_id) filter (where is_hidden) as trials_hidden_in_composite_count
from by_trial
group by drug, route, reaction, definition, population, comparator
