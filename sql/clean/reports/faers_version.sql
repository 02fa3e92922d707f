-- The disposition of each version of each case: current, or why it no longer counts.
-- grain  one row per version of a case in a current delivery
-- key    period, report_id, case_id
-- not    a count of cases: a case has as many rows as versions landed
with deletion as (
    select case_id, max(period) as deleted_through_period from typed.faers_deletion group by case_id
),

version as (
    select
        version.period, version.era, version.report_id, version.case_id, version.version_number,
        version.report_number, version.received_date, version.line_number, version.line_count,
        deletion.deleted_through_period,
        version.case_id is null or version.report_id is null as is_unnumbered,
        -- A list removes the versions of its own and earlier periods; a later version returns.
        coalesce(version.period <= deletion.deleted_through_period, false) as is_deleted
    from typed.faers_case_version as version
    left join deletion on deletion.case_id = version.case_id
),

-- A legacy report (ISR) that is listed under two case numbers is one report, whose cases stay two.
shared_report as (
    select report_id
    from version
    where era = 'laers' and not is_unnumbered and not is_deleted
    group by report_id
    having min(case_id) <> max(case_id)
),

owned_report as (
    select
        version.report_id,
        arg_max(
            version.case_id,
            {
                'period': version.period, 'number': coalesce(whole_number(version.case_id), -1),
                'text': version.case_id
            }
        ) as owner_case_id
    from version
    inner join shared_report on shared_report.report_id = version.report_id
    where version.era = 'laers' and not version.is_unnumbered and not version.is_deleted
    group by version.report_id
),

assigned as (
    select
        version.*,
        version.era = 'laers' and not version.is_unnumbered and not version.is_deleted
        and coalesce(version.case_id <> owned_report.owner_case_id, false) as is_of_another_case
    from version
    left join owned_report on owned_report.report_id = version.report_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_id, is_unnumbered, is_deleted, is_of_another_case
            order by
                (era = 'faers') desc,
                -- The agency calls the latest ISR of a legacy case current: by FDA_DT, then by its number.
                if(era = 'faers', version_number, null) desc nulls last, received_date desc nulls last,
                if(era = 'laers', report_number, null) desc nulls last, period desc,
                report_number desc nulls last, report_id desc nulls last
        ) as newness,
        max(received_date) over contenders as latest_received_date,
        max(report_number) over contenders as highest_report_number
    from assigned
    window contenders as (partition by case_id, is_unnumbered, is_deleted, is_of_another_case)
)

select
    period, era, report_id, case_id, version_number, received_date, line_number, line_count,
    case
        when is_unnumbered then 'no case number'
        when is_deleted then 'deleted'
        when is_of_another_case then 'counted under another case number'
        when newness > 1 then 'superseded'
        else 'current'
    end as disposition,
    deleted_through_period,
    not is_unnumbered and not is_deleted and not is_of_another_case and newness = 1
    and deleted_through_period is not null as has_returned,
    not is_unnumbered and not is_deleted and not is_of_another_case and newness = 1
    and (
        coalesce(received_date < latest_received_date, false)
        or (era = 'laers' and coalesce(report_number < highest_report_number, false))
    ) as is_disputed
from ranked
