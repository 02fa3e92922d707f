-- Steps of the attrition that do not hand on what they keep, or end elsewhere than the tables they lead to.
-- grain  one row per source and step that breaks the rule: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
-- why    what came in and did not go out left with a reason, or was lost
with step as (
    select source, step_number, step, rows_in, rows_left, rows_out, cases_in, cases_left, cases_out,
        lead(rows_in) over (partition by source order by step_number) as next_rows_in,
        lead(cases_in) over (partition by source order by step_number) as next_cases_in
    from summary.attrition
),
goal as (
    select 'faers' as source, 'cases' as step, count(*) as rows_in, null::bigint as rows_out
    from events.case
    where source = 'faers'
    union all
    select 'faers', 'versions', count(*), null from clean.faers_version
    union all
    select 'faers', 'cases suspecting a drug', count(distinct case_id),
        (select count(distinct case_id) from events.reported where source = 'faers')
    from events.exposed_case
    where source = 'faers'
    union all
    select 'clinicaltrials', 'trials', count(*), null from clean.trial
    union all
    select 'clinicaltrials', 'trials with results', count(*) filter (where has_results),
        (select count(distinct trial_id) from events.observed)
    from clean.trial
)
select step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out, step.cases_in,
    step.cases_left, step.cases_out, step.next_rows_in, step.next_cases_in, goal.rows_in as goal_rows_in
from step
left join goal on goal.source = step.source and goal.step = step.step
where step.rows_in - step.rows_left <> step.rows_out
    or step.rows_out <> step.next_rows_in
    or step.rows_out < 0
    or step.cases_in - step.cases_left <> step.cases_out
    or step.cases_out <> step.next_cases_in
    or step.rows_in <> goal.rows_in
    or step.rows_out <> goal.rows_out
