-- The pain outcomes that trials of the watch list posted, each number as posted.
-- grain  one row per trial, outcome and posted measurement
-- key    trial_id, outcome_number, class_number, category_number, measurement_number
-- not    an effect: scales, directions and times differ, and nothing here is pooled or averaged

with arm as (
    select
        trial_id,
        arm_id,
        string_agg(distinct drug, '; ' order by drug) as drugs_text,
        string_agg(distinct route, '; ' order by route) as routes_text,
        -- an arm has one role, whatever it received
        min(role) as role
    from events.observed_arm
    group by trial_id, arm_id
),

about_pain as (
    select distinct trial_id, outcome_number, class_number, category_number, reading
    from intermediate.trial_outcome_domain
    where domain = 'pain' and text_source = 'posted' and reading in ('stated', 'described')
),

watched as (
    select trial_id, string_agg(drug, '; ' order by drug) as trial_drugs_text
    from events.trial_drug
    group by trial_id
)

select
    posted.trial_id,
    posted.outcome_number,
    posted.class_number,
    posted.category_number,
    posted.measurement_number,
    measure.outcome_kind,
    measure.outcome_measure,
    measure.outcome_time_frame,
    about_pain.reading,
    posted.class_title,
    posted.category_title,
    posted.group_id,
    posted.group_title,
    matched.arm_id,
    arm.drugs_text,
    arm.routes_text,
    arm.role,
    watched.trial_drugs_text,
    population.population,
    measure.parameter_type,
    measure.dispersion_type,
    measure.unit_text,
    posted.value_text,
    posted.spread_text,
    posted.lower_limit_text,
    posted.upper_limit_text,
    posted.value_comment,
    posted.analysed_unit_text,
    posted.analysed_count
from clean.trial_outcome_result as posted
inner join clean.trial_outcome_posted as measure using (trial_id, outcome_number)
inner join about_pain using (trial_id, outcome_number, class_number, category_number)
inner join watched using (trial_id)
inner join intermediate.trial_population as population using (trial_id)
left join intermediate.trial_outcome_group as matched
    on
        matched.trial_id = posted.trial_id
        and matched.outcome_number = posted.outcome_number
        and matched.group_id = posted.group_id
left join arm on arm.trial_id = posted.trial_id and arm.arm_id = matched.arm_id
