-- Each trial by the current record of its present number: the one the registry updated last, then the one received last.
-- grain  one row per trial
-- key    trial_id
-- not    only trials with results: absent results are a finding of their own

select
    trial_id,
    brief_title,
    official_title,
    overall_status,
    start_date_text,
    primary_completion_date_text,
    completion_date_text,
    last_update_date,
    results_first_posted_date,
    study_type,
    phase,
    allocation,
    intervention_model,
    coalesce(intervention_model = 'CROSSOVER', false) as is_crossover,
    masking,
    enrolment_count,
    enrolment_type,
    conditions_text,
    keywords_text,
    has_results,
    has_adverse_events,
    frequency_threshold_percent,
    event_time_frame,
    event_description,
    has_serious_list,
    has_other_list,
    delivery_id,
    member,
    record_number,
    received_at
from typed.clinicaltrials_trial as recorded
inner join clean.trial_number as number using (trial_id, delivery_id, member, record_number)
where number.registry_number = number.trial_id
