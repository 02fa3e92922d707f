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
        -- A list removes the versions of its own and earlier periods; a later version returns.
        coalesce(version.period <= deletion.deleted_through_period, false) as is_deleted
    from typed.faers_case_version as version
    left join deletion on deletion.case_id = version.case_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_id, is_deleted
            order by
                (era = 'faers') desc, version_number desc nulls last, received_date desc nulls last, period desc,
                report_number desc nulls last, report_id desc nulls last
        ) as newness,
        max(received_date) over (partition by case_id, is_deleted) as latest_received_date
    from version
)

select
    period, era, report_id, case_id, version_number, received_date, line_number, line_count,
    case
        when case_id is null then 'no case number'
        when is_deleted then 'deleted'
        when newness > 1 then 'superseded'
        else 'current'
    end as disposition,
    deleted_through_period,
    case_id is not null and not is_deleted and newness = 1 and deleted_through_period is not null as has_returned,
    case_id is not null and not is_deleted and newness = 1
    and coalesce(received_date < latest_received_date, false) as is_disputed
from ranked
