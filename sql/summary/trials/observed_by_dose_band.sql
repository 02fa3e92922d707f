-- People affected among people at risk in trials, by dose band of the arm, beside the comparators of the same trials.
-- grain  one row per drug, route, dose band, reaction, definition, population and comparator
-- key    drug, route, dose_band, reaction, definition, population, comparator
-- not    an effect, and not additive: a trial with two doses sets the same comparator beside each. No ketamine_any,
--        since a milligram of esketamine is not one of ketamine

with counted as (
    select
        cell.drug,
        cell.route,
        cell.population,
        cell.comparator,
        cell.trial_id,
        dose.dose_band,
        people.reaction,
        people.definition,
        people.participants_affected_lower,
        people.participants_affected_upper,
        people.participants_at_risk,
        people.is_below_threshold,
        trial.is_crossover
    from events.observed_cell as cell
    inner join intermediate.observed_count as people using (trial_id, arm_id)
    inner join clean.trial as trial using (trial_id)
    -- a subclass of magnesium has the dose of its magnesium
    inner join intermediate.observed_arm_dose as dose
        on dose.trial_id = cell.trial_id and dose.arm_id = cell.arm_id
            and dose.drug = if(starts_with(cell.drug, 'magnesium_'), 'magnesium', cell.drug)
    left join intermediate.study_register as chosen
        on cell.trial_id = chosen.trial_id and people.reaction = chosen.reaction and people.definition = 'narrow'
    where
        cell.side = 'drug'
        and cell.register = 'clinicaltrials'
        and coalesce(chosen.register, 'clinicaltrials') = 'clinicaltrials'
    union all
    -- a sheet states a dose in words that no band can be read from
    select
        cell.drug, cell.route, cell.population, cell.comparator, cell.trial_id, 'unknown' as dose_band, people.reaction,
        'narrow' as definition, people.participants_affected_lower, people.participants_affected_upper,
        people.participants_at_risk, false as is_below_threshold, study.is_crossover
    from intermediate.study_cell as cell
    inner join intermediate.study_observed as people using (trial_id, arm_id)
    inner join clean.study as study using (trial_id)
    left join intermediate.study_register as chosen
        on study.registered_trial_id = chosen.trial_id and people.reaction = chosen.reaction
    where
        cell.side = 'drug'
        and coalesce(chosen.register, 'studies') = 'studies'
        and cell.drug not in (select rollup from codes.drug_rollup)
),

-- as in observed_side: in a crossover the largest arm at least, all of them together at most
by_trial as (
    select
        drug, route, dose_band, reaction, definition, population, comparator, trial_id,
        count(*) as arm_count,
        bool_or(is_below_threshold) as is_below_threshold,
        case when is_crossover then max(participants_at_risk) else sum(participants_at_risk) end as at_risk,
        case when is_crossover then max(participants_affected_lower) else sum(participants_affected_lower) end as lower,
        least(sum(participants_affected_upper), at_risk) as upper
    from counted
    group by drug, route, dose_band, reaction, definition, population, comparator, trial_id, is_crossover
)

select
    own.drug,
    own.route,
    own.dose_band,
    own.reaction,
    own.definition,
    own.population,
    own.comparator,
    count(*) as trial_count,
    sum(own.arm_count)::bigint as arm_count,
    sum(own.lower)::bigint as participants_affected_lower,
    sum(own.upper)::bigint as participants_affected_upper,
    sum(own.at_risk)::bigint as participants_at_risk,
    sum(control.participants_affected_lower)::bigint as comparator_participants_affected_lower,
    sum(control.participants_affected_upper)::bigint as comparator_participants_affected_upper,
    sum(control.participants_at_risk)::bigint as comparator_participants_at_risk,
    count(*) filter (where own.is_below_threshold or control.is_below_threshold) as trials_below_threshold_count,
    (sum(sum(own.arm_count)) over cell)::bigint as cell_arm_count,
    coalesce(sum(sum(own.arm_count) filter (where own.dose_band = 'unknown')) over cell, 0)::bigint
        as dose_unknown_arm_count,
    dose_unknown_arm_count / cell_arm_count as dose_unknown_share
from by_trial as own
left join intermediate.observed_side as control
    on control.side = 'comparator'
        and control.is_in_all
        and own.drug = control.drug
        and own.route = control.route
        and own.reaction = control.reaction
        and own.definition = control.definition
        and own.population = control.population
        and own.comparator = control.comparator
        and own.trial_id = control.trial_id
group by own.drug, own.route, own.dose_band, own.reaction, own.definition, own.population, own.comparator
window cell as (
    partition by own.drug, own.route, own.reaction, own.definition, own.population, own.comparator
)
