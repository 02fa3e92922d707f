-- One study record of one delivery: what the trial is, when it ran, and whether its adverse events are posted.
-- grain  one row per staged study record
-- key    delivery_id, member, record_number
-- not    the current record of a trial: clean.trial chooses it

with record as (
    select
        delivery_id,
        member,
        record_number,
        received_at,
        nct_id,
        record_text -> '$.protocolSection' as protocol,
        record_text ->> '$.hasResults' as has_results_text,
        record_text -> '$.resultsSection.adverseEventsModule' as adverse_events
    from raw.clinicaltrials_record
)

select
    delivery_id,
    member,
    record_number,
    try_cast(received_at as timestamp) as received_at,
    nct_id as trial_id,
    -- an empty list where the record names none
    protocol ->> '$.identificationModule.nctIdAliases[*]' as previous_numbers,
    protocol ->> '$.identificationModule.briefTitle' as brief_title,
    protocol ->> '$.identificationModule.officialTitle' as official_title,
    protocol ->> '$.statusModule.overallStatus' as overall_status,
    protocol ->> '$.statusModule.startDateStruct.date' as start_date_text,
    protocol ->> '$.statusModule.primaryCompletionDateStruct.date' as primary_completion_date_text,
    protocol ->> '$.statusModule.completionDateStruct.date' as completion_date_text,
    coalesce(
        try_cast(protocol ->> '$.statusModule.lastUpdatePostDateStruct.date' as date),
        try_cast((protocol ->> '$.statusModule.lastUpdatePostDateStruct.date') || '-01' as date)
    ) as last_update_date,
    coalesce(
        try_cast(protocol ->> '$.statusModule.resultsFirstPostDateStruct.date' as date),
        try_cast((protocol ->> '$.statusModule.resultsFirstPostDateStruct.date') || '-01' as date)
    ) as results_first_posted_date,
    protocol ->> '$.designModule.studyType' as study_type,
    array_to_string(from_json(protocol -> '$.designModule.phases', '["VARCHAR"]'), '/') as phase,
    protocol ->> '$.designModule.designInfo.allocation' as allocation,
    protocol ->> '$.designModule.designInfo.interventionModel' as intervention_model,
    protocol ->> '$.designModule.designInfo.maskingInfo.masking' as masking,
    try_cast(protocol ->> '$.designModule.enrollmentInfo.count' as uinteger)::bigint as enrolment_count,
    protocol ->> '$.designModule.enrollmentInfo.type' as enrolment_type,
    array_to_string(from_json(protocol -> '$.conditionsModule.conditions', '["VARCHAR"]'), '; ') as conditions_text,
    array_to_string(from_json(protocol -> '$.conditionsModule.keywords', '["VARCHAR"]'), '; ') as keywords_text,
    lower(has_results_text) = 'true' as has_results,
    coalesce(json_array_length(adverse_events, '$.eventGroups') > 0, false) as has_adverse_events,
    try_cast(
        regexp_extract(adverse_events ->> '$.frequencyThreshold', '^\s*(\d{1,3}(\.\d+)?)\s*%?\s*$', 1) as decimal(6, 3)
    ) as frequency_threshold_percent,
    adverse_events ->> '$.timeFrame' as event_time_frame,
    adverse_events ->> '$.description' as event_description,
    coalesce(json_type(adverse_events, '$.seriousEvents') = 'ARRAY', false) as has_serious_list,
    coalesce(json_array_length(adverse_events, '$.otherEvents') > 0, false) as has_other_list
from record
