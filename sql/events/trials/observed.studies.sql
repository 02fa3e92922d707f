-- People affected by each reaction in the arms of extraction sheets.
-- grain  one row per arm and reaction
-- key    register, trial_id, arm_id, drug, route, reaction, definition
-- not    comparable with reports. A route that was not verified is named here and counts in no finding by route

with compared as (
    select trial_id, arm_id, bool_or(side = 'drug') as is_treated, max(comparator) as comparator
    from intermediate.study_cell
    group by trial_id, arm_id
)

select
    counted.trial_id,
    counted.arm_id,
    counted.arm_id as arm_title,
    arm.drug,
    null::varchar as drug_subclass,
    if(arm.is_verified, 'reviewed', 'inferred') as drug_basis,
    arm.route,
    if(arm.drug is null, null, if(arm.is_verified, 'reviewed', 'inferred')) as route_basis,
    1::bigint as route_count,
    arm.dose_text,
    if(compared.is_treated or arm.drug is not null, 'active', compared.comparator) as role,
    if(arm.is_verified, 'reviewed', 'inferred') as role_basis,
    study.population,
    'stated' as population_basis,
    counted.reaction,
    'narrow' as definition,
    counted.participants_affected_lower,
    counted.participants_affected_upper,
    counted.participants_at_risk,
    false as is_below_threshold,
    false as is_hidden_in_composite,
    counted.terms_text,
    study.is_crossover,
    false as is_overlapping,
    null::varchar as overlap_reason,
    'studies' as register,
    coalesce(chosen.register, 'studies') = 'studies' as is_in_all
from intermediate.study_observed as counted
inner join clean.study as study using (trial_id)
inner join clean.study_arm as arm using (trial_id, arm_id)
inner join compared using (trial_id, arm_id)
left join intermediate.study_register as chosen
    on study.registered_trial_id = chosen.trial_id and counted.reaction = chosen.reaction
