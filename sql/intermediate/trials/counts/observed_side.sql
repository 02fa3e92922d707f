-- People affected among people at risk on each side of a published cell, one trial at a time.
-- grain  one row per drug, route, reaction, definition, population, comparator, register, trial and side
-- key    drug, route, reaction, definition, comparator, register, trial_id, side
-- not    additive over drugs, routes or comparators: the same people are in each cell they belong to

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
    inner join intermediate.observed_count as people using (trial_id, arm_id)
    inner join clean.trial as trial using (trial_id)
    left join intermediate.observed_composite as composite using (trial_id, arm_id, reaction, definition)
    where cell.register = 'clinicaltrials'
),

-- in a crossover the same people are in several arms: the largest at least, all of them together at most
by_trial as (
    select
        drug, route, population, comparator, side, reaction, definition, trial_id, is_crossover,
        count(*) as arm_count,
        bool_or(is_below_threshold) as is_below_threshold,
        bool_or(is_hidden) as is_hidden_in_composite,
        case when is_crossover then max(participants_at_risk) else sum(participants_at_risk) end as at_risk,
        case when is_crossover then max(participants_affected_lower) else sum(participants_affected_lower) end as lower,
        least(sum(participants_affected_upper), at_risk) as upper
    from counted
    group by drug, route, population, comparator, side, reaction, definition, trial_id, is_crossover
)

select
    by_trial.drug,
    by_trial.route,
    by_trial.reaction,
    by_trial.definition,
    by_trial.population,
    by_trial.comparator,
    by_trial.trial_id,
    by_trial.side,
    by_trial.arm_count,
    by_trial.lower::bigint as participants_affected_lower,
    by_trial.upper::bigint as participants_affected_upper,
    by_trial.at_risk::bigint as participants_at_risk,
    by_trial.is_below_threshold,
    by_trial.is_hidden_in_composite,
    by_trial.is_crossover,
    'clinicaltrials' as register,
    coalesce(chosen.register, 'clinicaltrials') = 'clinicaltrials' as is_in_all
from by_trial
left join intermediate.study_register as chosen
    on by_trial.trial_id = chosen.trial_id and by_trial.reaction = chosen.reaction and by_trial.definition = 'narrow'
