-- How many cases report each reaction, by drug and route and who the patient and the reporter are.
-- grain  one row per source, drug, route, reaction, definition, age band, sex, reporter type, country and expedited
-- key    source, drug, route, reaction, definition, age_band, sex, reporter_type, country, expedited
-- not    a rate; a group without a case has no row here, so a missing row says 0
with patient as (
    select
        source, case_id, age_band, is_serious, is_fatal,
        coalesce(nullif(sex, 'unknown'), 'not stated') as sex,
        coalesce(reporter_type, 'not stated') as reporter_type,
        coalesce(nullif(country, 'unknown'), 'not stated') as country,
        case when is_expedited then 'expedited' when not is_expedited then 'not expedited' else 'not stated' end
            as expedited
    from events.case
),

exposed as (
    select
        exposed_case.source, exposed_case.drug, exposed_case.route,
        patient.age_band, patient.sex, patient.reporter_type, patient.country, patient.expedited,
        count(*) as drug_route_case_count
    from events.exposed_case as exposed_case
    inner join patient on patient.source = exposed_case.source and patient.case_id = exposed_case.case_id
    group by all
),

counted as (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.definition,
        patient.age_band, patient.sex, patient.reporter_type, patient.country, patient.expedited,
        count(*) as case_count, count(*) filter (where patient.is_serious) as serious_case_count,
        count(*) filter (where patient.is_fatal) as fatal_case_count
    from events.reported as reported
    inner join patient on patient.source = reported.source and patient.case_id = reported.case_id
    group by all
)

select
    counted.source, counted.drug, counted.route, counted.reaction, counted.definition,
    counted.age_band, counted.sex, counted.reporter_type, counted.country, counted.expedited,
    counted.case_count, counted.serious_case_count, counted.fatal_case_count, exposed.drug_route_case_count
from counted
inner join exposed using (source, drug, route, age_band, sex, reporter_type, country, expedited)
