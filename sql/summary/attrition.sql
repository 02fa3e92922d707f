-- What became of everything received: rows and cases that came into each step, and why the rest left.
-- grain  one row per source and step
-- key    source, step_number
-- not    additive over steps: what one step lets out is what the next takes in
with ledger as (
    select
        delivery.source, delivery.is_current, delivery_table.table_name, delivery_table.physical_line_count,
        delivery_table.header_line_count, delivery_table.blank_line_count, delivery_table.quarantined_line_count,
        delivery_table.staged_line_count - delivery_table.record_count as joined_line_count,
        delivery_table.record_count
    from meta.delivery_table as delivery_table
    inner join meta.delivery as delivery
        on delivery.source = delivery_table.source and delivery.delivery_id = delivery_table.delivery_id
    where delivery.source = 'faers'
),
version as (
    select fate, sum(line_count) as line_count, count(*) as version_count from clean.faers_version group by fate
),
landed as (select count(distinct case_id) as case_count from clean.faers_version),
standing as (select count(*) as case_count from events.case where source = 'faers'),
named as (select count(distinct case_id) as case_count from events.exposure where source = 'faers' and drug is not null),
suspected as (select count(distinct case_id) as case_count from events.exposed_case where source = 'faers'),
reporting as (select count(distinct case_id) as case_count from events.reported where source = 'faers'),
step as (
    select 1 as step_number, 'lines received' as step, sum(physical_line_count) filter (where not is_current) as rows_left,
        null::bigint as cases_left, 'a later receipt of the same period stands' as reason from ledger
    union all select 2, 'lines that stand', sum(header_line_count) filter (where is_current), null, 'header' from ledger
    union all select 3, 'lines below a header', sum(blank_line_count) filter (where is_current), null, 'blank' from ledger
    union all select 4, 'lines that say something', sum(quarantined_line_count) filter (where is_current), null,
        'quarantined: kept with every reason' from ledger
    union all select 5, 'lines staged', sum(joined_line_count) filter (where is_current), null,
        'lines joined to one record, less records split from one line' from ledger
    union all select 6, 'records', sum(record_count) filter (where is_current and table_name <> 'demo'), null,
        'tells of a case (drug, reaction, ...): counted with it' from ledger
    union all select 7, 'reports', coalesce(sum(line_count - version_count), 0), null,
        'repeats a report of the same delivery' from version
    union all select 8, 'versions of cases', sum(version_count) filter (where fate = 'no case number'), 0,
        'no case number' from version
    union all select 9, 'versions with a case number', sum(version_count) filter (where fate = 'deleted'),
        any_value(landed.case_count - standing.case_count), 'deleted by the agency'
        from version cross join landed cross join standing
    union all select 10, 'versions not deleted', sum(version_count) filter (where fate = 'superseded'), 0,
        'a later version stands' from version
    union all select 11, 'cases', standing.case_count - named.case_count, standing.case_count - named.case_count,
        'names no drug of the watch list' from standing cross join named
    union all select 12, 'cases naming a drug', named.case_count - suspected.case_count,
        named.case_count - suspected.case_count, 'names it as concomitant only' from named cross join suspected
    union all select 13, 'cases suspecting a drug', suspected.case_count - reporting.case_count,
        suspected.case_count - reporting.case_count, 'reports no reaction of the watch list'
        from suspected cross join reporting
),
taken as (
    select
        step_number, step, reason, coalesce(rows_left, 0)::bigint as rows_left,
        case when step_number >= 8 then coalesce(cases_left, 0)::bigint end as cases_left,
        coalesce((select sum(physical_line_count) from ledger), 0)::bigint as first_rows,
        (select case_count from landed) as first_cases
    from step
)
select
    'faers' as source, step_number, step, reason,
    first_rows - coalesce(sum(rows_left) over before, 0)::bigint as rows_in, rows_left,
    first_rows - sum(rows_left) over upto::bigint as rows_out,
    case when step_number >= 8 then first_cases - coalesce(sum(cases_left) over before, 0)::bigint end as cases_in,
    cases_left,
    case when step_number >= 8 then first_cases - coalesce(sum(cases_left) over upto, 0)::bigint end as cases_out
from taken
window
    before as (order by step_number rows between unbounded preceding and 1 preceding),
    upto as (order by step_number rows between unbounded preceding and current row)
