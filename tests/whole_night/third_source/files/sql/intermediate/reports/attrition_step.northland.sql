-- How many records and cases of the Northland register leave after the lines were staged, and why.
-- grain  one row per step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
with ledger as (
    select counted.source, sum(counted.record_count) as record_count
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    where delivery.source = 'northland' and delivery.is_current
    group by counted.source
),
cases as (
    select
        (select count(*) from clean.northland_report) as standing,
        (select count(distinct case_id) from events.reported where source = 'northland') as reporting
)
select
    ledger.source, step.step_number, step.step, step.reason, step.rows_left::bigint as rows_left,
    step.cases_received::bigint as cases_received, step.cases_left::bigint as cases_left
from ledger
cross join cases
cross join lateral (values
    (6, 'records', ledger.record_count - cases.standing, null, null, 'replaced by a later record of the report'),
    (7, 'cases', cases.standing - cases.reporting, cases.standing, cases.standing - cases.reporting,
        'names no drug and reaction of the watch list')
) as step (step_number, step, rows_left, cases_received, cases_left, reason)
