-- Steps of FAERS that begin or end with another count than the tables they lead to.
-- grain  one row per step that does: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
with goal as (
    select 'cases' as step, count(*) as rows_in, null::bigint as rows_out
    from events.case
    where source = 'faers'
    union all
    select 'versions', count(*), null from clean.faers_version
    union all
    select
        'cases suspecting a drug', count(distinct case_id),
        (select count(distinct case_id) from events.reported where source = 'faers')
    from events.exposed_case
    where source = 'faers'
)

select
    step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out, step.cases_in,
    step.cases_left, step.cases_out, goal.rows_in as goal_rows_in
from summary.attrition as step
inner join goal on goal.step = step.step
where step.source = 'faers' and (step.rows_in <> goal.rows_in or step.rows_out <> goal.rows_out)
