-- Cases of which a later version landed, not deleted, than the current one.
-- grain  one row per case and later version: empty when the latest version is current
-- key    case_id, period, report_id
-- not    a comparison of receipt dates alone: in the modern era versions go before dates
-- why    each case counts as its latest version states it, compared as numbers: version 10 is after 9, and a legacy
--        case as its latest report states it, by date and then by number
with deletion as (
    select case_id, max(period) as deleted_through_period from typed.faers_deletion group by case_id
),

version as (
    select
        version.case_id, version.period, version.report_id, version.era,
        {
            'era': version.era = 'faers',
            -- Below every number a line may hold, where it states none.
            'version': if(version.era = 'faers', coalesce(version.version_number::bigint, -3000000000), 0),
            'received': coalesce(version.received_date, date '0001-01-01'),
            'legacy_report': if(version.era = 'laers', coalesce(version.report_number, -1), 0),
            'period': version.period, 'report': coalesce(version.report_number, -1)
        } as age
    from typed.faers_case_version as version
    left join deletion on deletion.case_id = version.case_id
    where version.case_id is not null and version.report_id is not null
        and (deletion.deleted_through_period is null or version.period > deletion.deleted_through_period)
),

-- A legacy report under two case numbers belongs to that of the latest delivery, else to the higher number.
shared_report as (
    select
        version.report_id,
        max({
            'period': version.period, 'number': coalesce(whole_number(version.case_id), -1),
            'text': version.case_id
        }) as owner
    from version
    where version.era = 'laers'
    group by version.report_id
    having count(distinct version.case_id) > 1
),

owned as (
    select version.case_id, version.period, version.report_id, version.age
    from version
    left join shared_report on shared_report.report_id = if(version.era = 'laers', version.report_id, null)
    where shared_report.report_id is null or version.case_id = (shared_report.owner).text
),

latest as (
    select case_id, max(age) as age from owned group by case_id
),

-- Joined on whole keys: a condition with OR would compare each case with every other.
current as (
    select
        case_id,
        {
            'era': era = 'faers', 'version': if(era = 'faers', coalesce(version_number::bigint, -3000000000), 0),
            'received': coalesce(received_date, date '0001-01-01'),
            'legacy_report': if(era = 'laers', coalesce(try_cast(whole_number(report_id) as bigint), -1), 0),
            'period': period,
            'report': coalesce(try_cast(whole_number(report_id) as bigint), -1)
        } as age
    from clean.faers_case
)

select
    owned.case_id, owned.period, owned.report_id, faers_case.period as current_period,
    faers_case.report_id as current_report_id
from latest
inner join owned on owned.case_id = latest.case_id and owned.age = latest.age
left join current on current.case_id = latest.case_id and current.age = latest.age
left join clean.faers_case as faers_case on faers_case.case_id = latest.case_id
where current.case_id is null
