-- The outcomes a study set out to measure.
-- grain  one row per planned outcome of a study record
-- key    delivery_id, member, record_number, outcome_kind, outcome_number
-- not    a result: an outcome sought may never be reported

with module as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        record_text -> '$.protocolSection.outcomesModule' as outcomes
    from raw.clinicaltrials_record
),

listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        kind.outcome_kind,
        from_json(
            outcomes -> kind.path, '[{"measure": "VARCHAR", "description": "VARCHAR", "timeFrame": "VARCHAR"}]'
        ) as sought
    from module
    cross join (
        values ('primary', '$.primaryOutcomes'), ('secondary', '$.secondaryOutcomes'), ('other', '$.otherOutcomes')
    ) as kind (outcome_kind, path)
),

outcome as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        outcome_kind,
        unnest(sought) as one,
        unnest(range(1, len(sought) + 1)) as outcome_number
    from listed
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    outcome_kind,
    outcome_number,
    one.measure as outcome_measure,
    one.description as outcome_description,
    one.timeFrame as outcome_time_frame
from outcome
