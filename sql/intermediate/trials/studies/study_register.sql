-- Where a study is in the registry and in an extraction sheet: which of the two counts, reaction by reaction.
-- grain  one row per registered trial of a sheet and reaction that the sheet reports
-- key    trial_id, reaction
-- not    a choice by result: an exact count of the registry comes first, then the sheet

with sheet as (
    select
        study.registered_trial_id as trial_id,
        counted.reaction,
        bool_and(arm.is_verified) as is_verified,
        string_agg(
            concat_ws(' ', counted.arm_id, counted.participants_affected_lower || '/' || counted.participants_at_risk),
            ', ' order by counted.trial_id, counted.arm_id
        ) as sheet_text,
        sum(counted.participants_affected_lower)::bigint as sheet_affected,
        sum(counted.participants_at_risk)::bigint as sheet_at_risk,
        min(arm.drug) as drug
    from intermediate.study_observed as counted
    inner join clean.study as study using (trial_id)
    inner join clean.study_arm as arm on counted.trial_id = arm.trial_id and counted.arm_id = arm.arm_id
    inner join (select distinct trial_id, arm_id from intermediate.study_cell) as compared
        on counted.trial_id = compared.trial_id and counted.arm_id = compared.arm_id
    where study.registered_trial_id is not null
    group by study.registered_trial_id, counted.reaction
),

compared_arm as (
    select trial_id, arm_id, bool_or(side = 'drug') as is_treated, bool_or(side = 'comparator') as is_comparator
    from events.observed_cell
    where register = 'clinicaltrials' and comparator <> 'none'
    group by trial_id, arm_id
),

registry as (
    select
        own.trial_id,
        counted.reaction,
        bool_and(counted.participants_affected_lower = counted.participants_affected_upper) as is_exact,
        bool_or(own.is_treated) and bool_or(own.is_comparator) as has_comparison,
        sum(counted.participants_affected_lower)::bigint as registry_lower,
        sum(counted.participants_affected_upper)::bigint as registry_upper,
        sum(counted.participants_at_risk)::bigint as registry_at_risk
    from compared_arm as own
    inner join intermediate.observed_count as counted
        on own.trial_id = counted.trial_id and own.arm_id = counted.arm_id and counted.definition = 'narrow'
    group by own.trial_id, counted.reaction
)

select
    sheet.trial_id,
    sheet.reaction,
    sheet.drug,
    case
        when not coalesce(registry.has_comparison, false) then 'studies'
        when registry.is_exact or not sheet.is_verified then 'clinicaltrials'
        else 'studies'
    end as register,
    coalesce(registry.is_exact, false) as is_registry_exact,
    sheet.is_verified,
    sheet.sheet_affected,
    sheet.sheet_at_risk,
    registry.registry_lower,
    registry.registry_upper,
    registry.registry_at_risk,
    coalesce(
        sheet.sheet_affected not between registry.registry_lower and registry.registry_upper
        or sheet.sheet_at_risk <> registry.registry_at_risk,
        false
    ) as is_disputed,
    sheet.sheet_text
from sheet
left join registry using (trial_id, reaction)
