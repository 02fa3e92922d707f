-- How many rows and cases leave at each step, and why: here lines; attrition_step.<source>.sql goes on with records.
-- grain  one row per source and step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
with ledger as (
    -- A source without lines counts records.
    select
        delivery.source, sum(counted.physical_line_count) as received,
        sum(counted.physical_line_count) filter (where not delivery.is_current) as replaced,
        sum(counted.header_line_count) filter (where delivery.is_current) as header,
        sum(counted.blank_line_count) filter (where delivery.is_current) as blank,
        sum(counted.quarantined_line_count) filter (where delivery.is_current) as quarantined,
        sum(counted.staged_line_count - counted.record_count) filter (where delivery.is_current) as joined
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    group by delivery.source
)

select
    ledger.source, step.step_number, step.step, step.reason, step.rows_received::bigint as rows_received,
    coalesce(step.rows_left, 0)::bigint as rows_left, null::bigint as cases_received, null::bigint as cases_left
from ledger
cross join lateral (
    values
    (1, 'received', ledger.received, ledger.replaced, 'replaced by a later receipt of the same period'),
    (2, 'lines of current receipts', null, ledger.header, 'header'),
    (3, 'lines below a header', null, ledger.blank, 'blank'),
    (4, 'lines with content', null, ledger.quarantined, 'quarantined'),
    (5, 'lines staged', null, ledger.joined, 'joined into one record, less records split from one line')
) as step (step_number, step, rows_received, rows_left, reason)
