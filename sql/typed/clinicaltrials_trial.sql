-- One study record of one delivery: what the trial is, when it ran, and whether its adverse events are posted.
-- grain  one row per staged study record
-- key    delivery_id, member, record_number
-- not    the current record of a trial: clean.trial chooses it

with parsed as (
    select
        delivery_id,
        member,
        record_number,
        received_at,
        nct_id,
        -- at once, and only what is read below: each call parses the whole record in memory of its own
        json_extract(
            record_text,
            [
                '$.protocolSection.identificationModule',
                '$.protocolSection.statusModule',
                '$.protocolSection.designModule',
                '$.protocolSection.conditionsModule',
                '$.hasResults',
                '$.resultsSection.adverseEventsModule'
            ]
        ) as module
    from raw.clinicaltrials_record
),

record as (
    select
        delivery_id,
        member,
        record_number,
        received_at,
        nct_id,
        module[1] as identification,
        module[2] as status,
        module[3] as design,
        module[4] as conditions,
        module[5] ->> '$' as has_results_text,
        module[6] as adverse_events
    from parsed
)

select
    delivery_id,
    member,
    record_number,
    try_cast(received_at as timestamp) as received_at,
    nct_id as trial_id,
    -- an empty list where the record names none
    identification ->> '$.nctIdAliases[*]' as previous_numbers,
    identification ->> '$.briefTitle' as brief_title,
    identification ->> '$.officialTitle' as official_title,
    status ->> '$.overallStatus' as overall_status,
    status ->> '$.startDateStruct.date' as start_date_text,
    status ->> '$.primaryCompletionDateStruct.date' as primary_completion_date_text,
    status ->> '$.completionDateStruct.date' as completion_date_text,
    coalesce(
        try_cast(status ->> '$.lastUpdatePostDateStruct.date' as date),
        try_cast((status ->> '$.lastUpdatePostDateStruct.date') || '-01' as date)
    ) as last_update_date,
    coalesce(
        try_cast(status ->> '$.resultsFirstPostDateStruct.date' as date),
        try_cast((status ->> '$.resultsFirstPostDateStruct.date') || '-01' as date)
    ) as results_first_posted_date,
    design ->> '$.studyType' as study_type,
    array_to_string(from_json(design -> '$.phases', '["VARCHAR"]'), '/') as phase,
    design ->> '$.designInfo.allocation' as allocation,
    design ->> '$.designInfo.interventionModel' as intervention_model,
    design ->> '$.designInfo.maskingInfo.masking' as masking,
    try_cast(design ->> '$.enrollmentInfo.count' as uinteger)::bigint as enrolment_count,
    design ->> '$.enrollmentInfo.type' as enrolment_type,
    array_to_string(from_json(conditions -> '$.conditions', '["VARCHAR"]'), '; ') as conditions_text,
    array_to_string(from_json(conditions -> '$.keywords', '["VARCHAR"]'), '; ') as keywords_text,
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
