-- Is a reaction reported more with the drug given intravenously than by its other known routes, and how sure is that:
-- crude, stratified, adjusted for what reports state, and in trials, with what is on neither side.
-- grain  one row per part of the answer, source, drug, reaction, definition, population and comparator
-- key    part, source, drug, reaction, definition, population, comparator
-- not    an effect of route, and no sum: parts hold the same cases again, and reports and trials are never added
with side as (
    select
        source, drug, reaction, definition,
        sum(case_count) filter (where route = 'intravenous')::bigint as intravenous_with_reaction_count,
        sum(drug_route_case_count) filter (where route = 'intravenous')::bigint as intravenous_case_count,
        sum(case_count) filter (where route = 'not_intravenous')::bigint as not_intravenous_with_reaction_count,
        sum(drug_route_case_count) filter (where route = 'not_intravenous')::bigint as not_intravenous_case_count,
        sum(case_count) filter (where route = 'any')::bigint as with_reaction_count,
        sum(drug_route_case_count) filter (where route = 'any')::bigint as case_count
    from summary.reported_by_drug_route
    group by source, drug, reaction, definition
),

counted as (
    select
        * exclude (with_reaction_count, case_count) replace (
            coalesce(intravenous_with_reaction_count, 0) as intravenous_with_reaction_count,
            coalesce(intravenous_case_count, 0) as intravenous_case_count,
            coalesce(not_intravenous_with_reaction_count, 0) as not_intravenous_with_reaction_count,
            coalesce(not_intravenous_case_count, 0) as not_intravenous_case_count
        ),
        -- No case is on both sides: not_intravenous holds none with an intravenous route.
        with_reaction_count - coalesce(intravenous_with_reaction_count, 0)
        - coalesce(not_intravenous_with_reaction_count, 0) as neither_side_with_reaction_count,
        case_count - coalesce(intravenous_case_count, 0) - coalesce(not_intravenous_case_count, 0)
            as neither_side_case_count
    from side
),

sides_of_trial as (
    select
        drug, reaction, definition, population, comparator, trial_id,
        bool_or(route = 'intravenous') as is_intravenous, bool_or(route = 'not_intravenous') as is_not_intravenous
    from events.trial_comparison
    where bound = 'lower' and is_in_all and randomisation <> 'not randomised'
    group by drug, reaction, definition, population, comparator, trial_id
),

trial as (
    select
        drug, reaction, definition, population, comparator,
        count(*) filter (where is_intravenous) as intravenous_trial_count,
        count(*) filter (where is_not_intravenous) as not_intravenous_trial_count,
        count(*) filter (where not is_intravenous and not is_not_intravenous) as neither_side_trial_count
    from sides_of_trial
    group by drug, reaction, definition, population, comparator
),

adjusted as (
    select unnest([false, true]) as is_calibrated, *
    from summary.route_contrast_adjusted
    where outcome_kind = 'reaction' and case_choice = 'all'
)

select
    if(contrast.stratum = 'all' or contrast.stratum is null, 'reports_crude', 'reports_stratified') as part,
    counted.*, 'all reports' as population, 'not_intravenous' as comparator, 'ror' as measure,
    contrast.estimate, contrast.lower, contrast.upper,
    if(contrast.drug is null, 'a side has no case, or the route defines the drug', contrast.reason) as reason,
    coalesce(contrast.warning_text, 'reports have no denominator: counts compare no routes') as caveat
from counted
left join summary.route_contrast as contrast
    on contrast.evidence = 'reports' and contrast.source = counted.source and contrast.drug = counted.drug
        and contrast.reaction = counted.reaction and contrast.definition = counted.definition
union all by name
select
    'reports_adjusted_' || model || if(is_calibrated, '_calibrated', '') as part, source, drug, outcome as reaction,
    'narrow' as definition, 'all reports' as population, 'not_intravenous' as comparator, 'ror' as measure,
    intravenous_with_outcome_count as intravenous_with_reaction_count, intravenous_case_count,
    not_intravenous_with_outcome_count as not_intravenous_with_reaction_count, not_intravenous_case_count,
    if(is_calibrated, calibrated_estimate, estimate) as estimate, if(is_calibrated, calibrated_lower, lower) as lower,
    if(is_calibrated, calibrated_upper, upper) as upper, reason_code as reason, warning_text as caveat
from adjusted
where not is_calibrated or calibrated_estimate is not null
union all by name
select
    'trials' as part, 'clinicaltrials' as source, trial.*, 'rr' as measure,
    contrast.intravenous_estimate, contrast.intravenous_lower, contrast.intravenous_upper,
    contrast.not_intravenous_estimate, contrast.not_intravenous_lower, contrast.not_intravenous_upper,
    contrast.p_value,
    if(contrast.drug is null, 'no trial on a side: nothing to compare', contrast.reason) as reason,
    coalesce(contrast.warning_text, 'trials of one side show nothing of the other') as caveat
from trial
left join summary.route_contrast as contrast
    on contrast.evidence = 'trials' and contrast.drug = trial.drug and contrast.reaction = trial.reaction
        and contrast.definition = trial.definition and contrast.population = trial.population
        and contrast.comparator = trial.comparator and contrast.bound = 'lower' and contrast.measure = 'rr'
        and contrast.method = 'mh' and contrast.tau = 'none'
