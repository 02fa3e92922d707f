-- What each trial compares within a cell: its arms of the drug by the route, as one, against one kind of control.
-- grain  one row per drug, route, reaction, definition, population, comparator, register, trial and bound
-- key    drug, route, reaction, definition, comparator, register, trial_id, bound
-- not    different people over cells or bounds; in a crossover the same people are on both sides (is_crossover)

with bounds as (
    select bound, is_upper, is_comparator_upper
    from (
        values
        ('lower', false, false),
        ('upper', true, true),
        -- what the threshold may hide could all lie on one side: the most harm and the least that the records allow
        ('drug_upper_comparator_lower', true, false),
        ('drug_lower_comparator_upper', false, true)
    ) as known (bound, is_upper, is_comparator_upper)
),

-- a class of the whole study, as for a registered trial
sheet as (
    select trial_id, bool_and(ascertainment = 'systematic') as is_asked
    from clean.study_count
    group by trial_id
)

select
    given.drug,
    given.route,
    given.reaction,
    given.definition,
    given.population,
    given.comparator,
    given.trial_id,
    bounds.bound,
    if(bounds.is_upper, given.participants_affected_upper, given.participants_affected_lower) as participants_affected,
    given.participants_at_risk,
    if(bounds.is_comparator_upper, control.participants_affected_upper, control.participants_affected_lower)
        as comparator_participants_affected,
    control.participants_at_risk as comparator_participants_at_risk,
    given.arm_count,
    control.arm_count as comparator_arm_count,
    given.is_crossover,
    given.is_below_threshold or control.is_below_threshold as is_below_threshold,
    given.is_hidden_in_composite or control.is_hidden_in_composite as is_hidden_in_composite,
    -- a single group ("NA") and an observed cohort were not randomised; old records may leave it out
    case
        when given.register = 'studies' then study.randomisation
        when trial.study_type <> 'INTERVENTIONAL' or trial.allocation in ('NON_RANDOMIZED', 'NA') then 'not randomised'
        when trial.allocation = 'RANDOMIZED' then 'randomised'
        else 'not stated'
    end as randomisation,
    coalesce(if(given.register = 'studies', sheet.is_asked, asked.ascertainment = 'systematic'), false)
        as is_systematically_assessed,
    coalesce(study.risk_of_bias, 'not_assessed') as risk_of_bias,
    given.register,
    given.is_in_all
from intermediate.observed_side as given
inner join intermediate.observed_side as control
    using (drug, route, reaction, definition, population, comparator, trial_id, register)
left join clean.trial as trial on given.register = 'clinicaltrials' and given.trial_id = trial.trial_id
left join clean.study as study on given.register = 'studies' and given.trial_id = study.trial_id
left join intermediate.trial_ascertainment as asked
    on given.register = 'clinicaltrials' and given.trial_id = asked.trial_id
left join sheet on given.register = 'studies' and given.trial_id = sheet.trial_id
cross join bounds
where given.side = 'drug' and control.side = 'comparator'
