-- What became of everything received: rows and cases that came into each step, and why the rest left.
-- grain  one row per source and step
-- key    source, step_number
-- not    additive over steps: what one step lets out is what the next takes in
with ledger as (
    -- A source without lines counts records.
    select
        delivery.source, sum(counted.physical_line_count) as received,
        sum(counted.physical_line_count) filter (where not delivery.is_current) as replaced,
        sum(counted.header_line_count) filter (where delivery.is_current) as header,
        sum(counted.blank_line_count) filter (where delivery.is_current) as blank,
        sum(counted.quarantined_line_count) filter (where delivery.is_current) as quarantined,
        sum(counted.staged_line_count - counted.record_count) filter (where delivery.is_current) as joined,
        sum(counted.record_count) filter (where delivery.is_current and counted.table_name <> 'demo') as detail,
        sum(counted.record_count) filter (where delivery.is_current) as record
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    group by delivery.source
),
version as (
    select
        sum(line_count - 1) as repeated, count(*) filter (where fate = 'no case number') as numberless,
        count(*) filter (where fate = 'deleted') as deleted,
        count(*) filter (where fate = 'superseded') as superseded, count(distinct case_id) as cases
    from clean.faers_version
),
cases as (
    select
        (select count(*) from events.case where source = 'faers') as standing,
        (select count(distinct case_id) from events.exposure where source = 'faers' and drug is not null) as naming,
        (select count(distinct case_id) from events.exposed_case where source = 'faers') as suspecting,
        (select count(distinct case_id) from events.reported where source = 'faers') as reporting
),
trial as (
    select count(*) as standing, count(*) filter (where has_results) as reporting,
        (select count(distinct trial_id) from events.observed) as observed
    from clean.trial
),
step as (
    select source, n, step, gone, cases_gone, why
    from ledger
    cross join lateral (values
        (1, 'received', replaced, null, 'a later receipt of the same period stands'),
        (2, 'lines that stand', header, null, 'header'),
        (3, 'lines below a header', blank, null, 'blank'),
        (4, 'lines that say something', quarantined, null, 'quarantined'),
        (5, 'lines staged', joined, null, 'joined to a record, less those split from one line')
    ) as step (n, step, gone, cases_gone, why)
    union all
    select source, n, step, gone, cases_gone, why
    from ledger cross join version cross join cases
    cross join lateral (values
        (6, 'records', detail, null, 'tells of a case (drug, reaction, ...)'),
        (7, 'reports', repeated, null, 'repeats a report of the same delivery'),
        (8, 'versions', numberless, 0, 'no case number'),
        (9, 'versions of cases', deleted, version.cases - standing, 'deleted'),
        (10, 'versions not deleted', superseded, 0, 'a later version stands'),
        (11, 'cases', standing - naming, standing - naming, 'names no drug of the watch list'),
        (12, 'cases naming a drug', naming - suspecting, naming - suspecting, 'names it as concomitant only'),
        (13, 'cases suspecting a drug', suspecting - reporting, suspecting - reporting,
            'reports no reaction of the watch list')
    ) as step (n, step, gone, cases_gone, why)
    where source = 'faers'
    union all
    select source, n, step, gone, cases_gone, why
    from ledger cross join trial
    cross join lateral (values
        (6, 'records', record - standing, null, 'a later record of the trial stands'),
        (7, 'trials', standing - reporting, null, 'no results posted'),
        (8, 'trials with results', reporting - observed, null, 'no arm of the watch list with adverse events')
    ) as step (n, step, gone, cases_gone, why)
    where source = 'clinicaltrials'
)
select
    step.source, step.n::integer as step_number, step.step, step.why as reason,
    (ledger.received - coalesce(sum(step.gone) over earlier, 0))::bigint as rows_in,
    coalesce(step.gone, 0)::bigint as rows_left,
    (ledger.received - coalesce(sum(step.gone) over upto, 0))::bigint as rows_out,
    if(step.cases_gone is null, null, version.cases - coalesce(sum(step.cases_gone) over earlier, 0))::bigint as cases_in,
    step.cases_gone::bigint as cases_left,
    if(step.cases_gone is null, null, version.cases - coalesce(sum(step.cases_gone) over upto, 0))::bigint as cases_out
from step
inner join ledger on ledger.source = step.source
cross join version
window
    earlier as (partition by step.source order by step.n rows between unbounded preceding and 1 preceding),
    upto as (partition by step.source order by step.n rows between unbounded preceding and current row)
