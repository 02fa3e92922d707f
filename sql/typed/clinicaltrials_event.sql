-- The adverse events a study posted: people affected and at risk, by list, term and event group.
-- grain  one row per list, term row and event group of a study record
-- key    delivery_id, member, record_number, is_serious, term_number, stat_number
-- not    complete: the other list holds only terms above the study's reporting threshold

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        list.is_serious,
        from_json(
            record_text -> list.path,
            '[{"term": "VARCHAR", "organSystem": "VARCHAR", "sourceVocabulary": "VARCHAR",
               "assessmentType": "VARCHAR", "notes": "VARCHAR",
               "stats": [{"groupId": "VARCHAR", "numEvents": "VARCHAR",
                          "numAffected": "VARCHAR", "numAtRisk": "VARCHAR"}]}]'
        ) as events
    from raw.clinicaltrials_record
    cross join (
        values
        (true, '$.resultsSection.adverseEventsModule.seriousEvents'),
        (false, '$.resultsSection.adverseEventsModule.otherEvents')
    ) as list (is_serious, path)
),

term as (
    select *, unnest(events) as one, unnest(range(1, len(events) + 1)) as term_number from listed
),

stat as (
    select *, unnest(one.stats) as counted, unnest(range(1, len(one.stats) + 1)) as stat_number from term
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    is_serious,
    term_number,
    stat_number,
    counted.groupId as arm_id,
    one.term as term_text,
    one.organSystem as organ_system,
    one.sourceVocabulary as vocabulary,
    one.assessmentType as assessment_type,
    one.notes as term_notes,
    try_cast(counted.numEvents as uinteger)::bigint as event_count,
    try_cast(counted.numAffected as uinteger)::bigint as participants_affected,
    try_cast(counted.numAtRisk as uinteger)::bigint as participants_at_risk
from stat
