-- Which intervention each arm is registered to receive, named by the arm or by the intervention.
-- grain  one row per arm and intervention of a study record
-- key    delivery_id, member, record_number, arm_number, intervention_name
-- not    a dose given: protocols change and arms cross over

with module as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.protocolSection.armsInterventionsModule.armGroups',
            '[{"label": "VARCHAR", "interventionNames": ["VARCHAR"]}]'
        ) as arms,
        from_json(
            record_text -> '$.protocolSection.armsInterventionsModule.interventions',
            '[{"name": "VARCHAR", "armGroupLabels": ["VARCHAR"]}]'
        ) as interventions
    from raw.clinicaltrials_record
),

arm as (
    select *, unnest(arms) as one, unnest(range(1, len(arms) + 1)) as arm_number from module
),

-- the registry writes "Drug: Ketamine": the kind, then the name
named_by_arm as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        arm_number,
        regexp_replace(unnest(one.interventionNames), '^[A-Za-z ]+: ', '') as intervention_name
    from arm
),

intervention as (
    select delivery_id, member, record_number, nct_id, arm_number, one, unnest(interventions) as given from arm
),

named_by_intervention as (
    select delivery_id, member, record_number, nct_id, arm_number, given.name as intervention_name
    from intervention
    where list_contains(given.armGroupLabels, one.label)
),

named as (
    select * from named_by_arm
    union
    select * from named_by_intervention
)

select delivery_id, member, record_number, nct_id as trial_id, arm_number, intervention_name
from named
where intervention_name is not null
