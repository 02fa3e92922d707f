-- What a study gives: each intervention with its kind, description and other names as registered.
-- grain  one row per intervention of a study record
-- key    delivery_id, member, record_number, intervention_number
-- not    coded: drug and route are read from these words in events

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.protocolSection.armsInterventionsModule.interventions',
            '[{"type": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR", "otherNames": ["VARCHAR"]}]'
        ) as interventions
    from raw.clinicaltrials_record
),

intervention as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        unnest(interventions) as one,
        unnest(range(1, len(interventions) + 1)) as intervention_number
    from listed
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    intervention_number,
    one.type as intervention_type,
    one.name as intervention_name,
    one.description as intervention_description,
    array_to_string(one.otherNames, '; ') as other_names_text
from intervention
