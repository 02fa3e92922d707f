-- Cases of which a later version landed, not deleted, than the current one.
-- grain  one row per case and later version: empty when the latest version is current
-- key    case_id, period, report_id
-- not    a comparison of receipt dates: versions go before dates
-- why    each case counts as its latest version states it, compared as numbers: version 10 is after 9
with deletion as (
    select case_id, max(period) as deleted_through_period from typed.faers_deletion group by case_id
),

version as (
    select
        version.case_id, version.period, version.report_id,
        {
            'era': version.era = 'faers', 'version': coalesce(version.version_number, -1),
            'received': coalesce(version.received_date, date '0001-01-01'), 'period': version.period,
            'report': coalesce(version.report_number, -1)
        } as age
    from typed.faers_case_version as version
    left join deletion on deletion.case_id = version.case_id
    where deletion.deleted_through_period is null or version.period > deletion.deleted_through_period
),

latest as (
    select case_id, max(age) as age from version where case_id is not null group by case_id
)

select
    version.case_id, version.period, version.report_id, faers_case.period as current_period,
    faers_case.report_id as current_report_id
from latest
inner join version on version.case_id = latest.case_id and version.age = latest.age
left join
    clean.faers_case
        as faers_case
    on faers_case.case_id = latest.case_id
        and faers_case.version_number is not distinct from nullif((latest.age).version, -1)
        and faers_case.era = if((latest.age).era, 'faers', 'laers') and faers_case.period = (latest.age).period
where faers_case.case_id is null
