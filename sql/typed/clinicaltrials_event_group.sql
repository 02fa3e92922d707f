-- The groups of people in whom a study counted adverse events, with the people affected and at risk.
-- grain  one row per event group of a study record
-- key    delivery_id, member, record_number, arm_id
-- not    always different people: a group may be the total of others, or the same people in another period

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.resultsSection.adverseEventsModule.eventGroups',
            '[{"id": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR",
               "deathsNumAffected": "VARCHAR", "deathsNumAtRisk": "VARCHAR",
               "seriousNumAffected": "VARCHAR", "seriousNumAtRisk": "VARCHAR",
               "otherNumAffected": "VARCHAR", "otherNumAtRisk": "VARCHAR"}]'
        ) as groups
    from raw.clinicaltrials_record
),

event_group as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        unnest(groups) as one,
        unnest(range(1, len(groups) + 1)) as group_number
    from listed
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    group_number,
    one.id as arm_id,
    one.title as group_title,
    one.description as group_description,
    try_cast(one.deathsNumAffected as uinteger)::bigint as deaths_participants_affected,
    try_cast(one.deathsNumAtRisk as uinteger)::bigint as deaths_participants_at_risk,
    try_cast(one.seriousNumAffected as uinteger)::bigint as serious_participants_affected,
    try_cast(one.seriousNumAtRisk as uinteger)::bigint as serious_participants_at_risk,
    try_cast(one.otherNumAffected as uinteger)::bigint as other_participants_affected,
    try_cast(one.otherNumAtRisk as uinteger)::bigint as other_participants_at_risk
from event_group
