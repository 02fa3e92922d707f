-- The arms a study planned: label, type and description as registered.
-- grain  one row per arm group of a study record
-- key    delivery_id, member, record_number, arm_number
-- not    the people counted for adverse events: those are event groups, which may be cut differently

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.protocolSection.armsInterventionsModule.armGroups',
            '[{"label": "VARCHAR", "type": "VARCHAR", "description": "VARCHAR"}]'
        ) as arms
    from raw.clinicaltrials_record
),

arm as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        unnest(arms) as one,
        unnest(range(1, len(arms) + 1)) as arm_number
    from listed
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    arm_number,
    one.label as arm_label,
    one.type as arm_type,
    one.description as arm_description
from arm
