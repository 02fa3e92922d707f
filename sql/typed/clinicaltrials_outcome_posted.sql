-- The outcome measures of a study's results section, with or without a number under them.
-- grain  one row per outcome measure of the results of a study record
-- key    delivery_id, member, record_number, outcome_number
-- not    a result: a measure may be listed with its results not posted yet

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.resultsSection.outcomeMeasuresModule.outcomeMeasures',
            '[{"type": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR", "timeFrame": "VARCHAR",
               "paramType": "VARCHAR", "dispersionType": "VARCHAR", "unitOfMeasure": "VARCHAR",
               "reportingStatus": "VARCHAR", "populationDescription": "VARCHAR"}]'
        ) as measures
    from raw.clinicaltrials_record
),

measure as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        unnest(measures) as one,
        unnest(range(1, len(measures) + 1)) as outcome_number
    from listed
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    outcome_number,
    lower(one.type) as outcome_kind,
    one.title as outcome_measure,
    one.description as outcome_description,
    one.timeFrame as outcome_time_frame,
    one.paramType as parameter_type,
    one.dispersionType as dispersion_type,
    one.unitOfMeasure as unit_text,
    one.populationDescription as analysis_population_text,
    one.reportingStatus as reporting_status
from measure
