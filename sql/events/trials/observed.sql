-- People affected by each reaction among people at risk, in each arm of each trial with posted adverse events.
-- grain  one row per arm of a register, watched drug and route (or none), reaction and definition
-- key    register, trial_id, arm_id, drug, route, reaction, definition
-- not    comparable with reports: a trial counts everybody treated, above a threshold, by arm

select
    arm.trial_id,
    arm.arm_id,
    arm.arm_title,
    arm.drug,
    arm.drug_subclass,
    arm.drug_basis,
    arm.route,
    arm.route_basis,
    arm.route_count,
    arm.dose_text,
    arm.role,
    arm.role_basis,
    arm.population,
    arm.population_basis,
    counted.reaction,
    counted.definition,
    counted.participants_affected_lower,
    counted.participants_affected_upper,
    counted.participants_at_risk,
    counted.is_below_threshold,
    composite.trial_id is not null as is_hidden_in_composite,
    counted.terms_text,
    arm.is_crossover,
    arm.is_overlapping,
    arm.overlap_reason,
    'clinicaltrials' as register,
    -- a study that is also in an extraction sheet counts once for each reaction
    coalesce(chosen.register, 'clinicaltrials') = 'clinicaltrials' as is_in_all
from events.observed_arm as arm
inner join intermediate.observed_count as counted using (trial_id, arm_id)
left join intermediate.observed_composite as composite using (trial_id, arm_id, reaction, definition)
left join intermediate.study_register as chosen
    on arm.trial_id = chosen.trial_id and counted.reaction = chosen.reaction and counted.definition = 'narrow'
