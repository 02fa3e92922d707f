-- How many study records of ClinicalTrials.gov leave at each step after they were staged, and why.
-- grain  one row per step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
with ledger as (
    select delivery.source, sum(counted.record_count) filter (where delivery.is_current) as record
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    where delivery.source = 'clinicaltrials'
    group by delivery.source
),

trial as (
    select
        count(*) as standing, count(*) filter (where has_results) as reporting,
        (select count(*) from clean.trial_number) as numbered,
        (select count(distinct trial_id) from events.observed where register = 'clinicaltrials') as observed
    from clean.trial
)

select
    ledger.source, step.step_number, step.step, step.reason, null::bigint as rows_received,
    coalesce(step.rows_left, 0)::bigint as rows_left, null::bigint as cases_received, null::bigint as cases_left
from ledger
cross join trial
cross join lateral (
    values
    (6, 'records', ledger.record - trial.numbered, 'replaced by a later record of the trial'),
    (
        7,
        'registry numbers',
        trial.numbered - trial.standing,
        'a previous number: the study is counted under its present one'
    ),
    (8, 'trials', trial.standing - trial.reporting, 'no results posted'),
    (9, 'trials with results', trial.reporting - trial.observed, 'no arm of the watch list with adverse events')
) as step (step_number, step, rows_left, reason)
