-- Steps of ClinicalTrials.gov that begin or end with another count than the tables they lead to.
-- grain  one row per step that does: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
with goal as (
    select 'registry numbers' as step, count(*) as rows_in, null::bigint as rows_out from clean.trial_number
    union all
    select 'trials', count(*), null::bigint from clean.trial
    union all
    select
        'trials with results', count(*) filter (where has_results),
        (select count(distinct trial_id) from events.observed where register = 'clinicaltrials')
    from clean.trial
)

select
    step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out, step.cases_in,
    step.cases_left, step.cases_out, goal.rows_in as goal_rows_in
from summary.attrition as step
inner join goal on goal.step = step.step
where step.source = 'clinicaltrials' and (step.rows_in <> goal.rows_in or step.rows_out <> goal.rows_out)
