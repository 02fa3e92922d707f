-- People affected among people at risk on each side of a cell, in the studies of extraction sheets.
-- grain  one row per drug, route, reaction, definition, population, comparator, trial and side
-- key    drug, route, reaction, definition, comparator, register, trial_id, side
-- not    additive over drugs, routes or comparators: the same people are in each cell they belong to

-- in a crossover the same people are in several arms: the largest at least, all of them together at most
with by_trial as (
    select
        cell.drug,
        cell.route,
        people.reaction,
        cell.population,
        cell.comparator,
        cell.trial_id,
        cell.side,
        study.is_crossover,
        study.registered_trial_id,
        count(*) as arm_count,
        if(study.is_crossover, max(people.participants_at_risk), sum(people.participants_at_risk)) as at_risk,
        if(study.is_crossover, max(people.participants_affected_lower), sum(people.participants_affected_lower))
            as lower,
        least(sum(people.participants_affected_upper), at_risk) as upper
    from intermediate.study_cell as cell
    inner join intermediate.study_observed as people using (trial_id, arm_id)
    inner join clean.study as study using (trial_id)
    group by
        cell.drug, cell.route, people.reaction, cell.population, cell.comparator, cell.trial_id, cell.side,
        study.is_crossover, study.registered_trial_id
)

select
    by_trial.drug,
    by_trial.route,
    by_trial.reaction,
    'narrow' as definition,
    by_trial.population,
    by_trial.comparator,
    by_trial.trial_id,
    by_trial.side,
    by_trial.arm_count,
    by_trial.lower::bigint as participants_affected_lower,
    by_trial.upper::bigint as participants_affected_upper,
    by_trial.at_risk::bigint as participants_at_risk,
    false as is_below_threshold,
    false as is_hidden_in_composite,
    by_trial.is_crossover,
    'studies' as register,
    coalesce(chosen.register, 'studies') = 'studies' as is_in_all
from by_trial
left join intermediate.study_register as chosen
    on by_trial.registered_trial_id = chosen.trial_id and by_trial.reaction = chosen.reaction
