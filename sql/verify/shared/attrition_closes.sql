-- Steps of the attrition that do not hand on what they keep, or end elsewhere than the tables they lead to.
-- grain  one row per source and step that breaks the rule: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave; attrition_closes.<source>.sql compares with the tables of a source
-- why    what came in and did not go out left with a reason, or was lost
with step as (
    select
        source, step_number, step, rows_in, rows_left, rows_out, cases_in, cases_left, cases_out,
        lead(rows_in) over (partition by source order by step_number) as next_rows_in,
        lead(cases_in) over (partition by source order by step_number) as next_cases_in
    from summary.attrition
)

select
    source, step_number, step, rows_in, rows_left, rows_out, cases_in, cases_left, cases_out, next_rows_in,
    next_cases_in, null::bigint as goal_rows_in
from step
where rows_in - rows_left <> rows_out
    or rows_out <> next_rows_in
    or rows_out < 0
    or cases_in - cases_left <> cases_out
    or cases_out <> next_cases_in
