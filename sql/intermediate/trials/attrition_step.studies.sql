-- How many rows of extraction sheets leave at each step after they were staged, and why.
-- grain  one row per step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
with ledger as (
    select delivery.source, sum(counted.record_count) filter (where delivery.is_current) as record
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    where delivery.source = 'studies'
    group by delivery.source
),

remaining as (
    select
        count(*) as stated,
        count(*) filter (where participants_affected is not null) as reported,
        count(*) filter (where participants_affected is not null and reaction is not null) as known,
        (
            select count(*) from intermediate.study_observed where not is_joined
        ) as distinct_count,
        (
            select count(*)
            from intermediate.study_observed as counted
            anti join intermediate.study_cell as cell
                on counted.trial_id = cell.trial_id and counted.arm_id = cell.arm_id
            where not counted.is_joined
        ) as apart
    from clean.study_count
)

select
    ledger.source, step.step_number, step.step, step.reason, null::bigint as rows_received,
    coalesce(step.rows_left, 0)::bigint as rows_left, null::bigint as cases_received, null::bigint as cases_left
from ledger
cross join remaining
cross join lateral (
    values
    (6, 'records', ledger.record - remaining.stated, 'replaced by a later sheet of the same name or study'),
    (7, 'rows of studies', remaining.stated - remaining.reported, 'the study does not report the outcome'),
    (8, 'rows with a count', remaining.reported - remaining.known, 'the outcome is no adverse event of the list'),
    (9, 'rows with an outcome', remaining.known - remaining.distinct_count, 'repeats an outcome under another title'),
    (10, 'outcomes of arms', remaining.apart, 'no watched drug in the arm or beside it')
) as step (step_number, step, rows_left, reason)
