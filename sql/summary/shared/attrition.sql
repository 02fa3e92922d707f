-- What became of everything received: rows and cases that came into each step, and why the rest left.
-- grain  one row per source and step
-- key    source, step_number
-- not    additive over steps: what one step lets out is what the next takes in
select
    source, step_number, step, reason,
    (sum(rows_received) over source - coalesce(sum(rows_left) over earlier, 0))::bigint as rows_in, rows_left,
    (sum(rows_received) over source - sum(rows_left) over upto)::bigint as rows_out,
    if(
        cases_left is null, null,
        sum(cases_received) over source - coalesce(sum(cases_left) over earlier, 0)
    )::bigint as cases_in,
    cases_left,
    if(cases_left is null, null, sum(cases_received) over source - sum(cases_left) over upto)::bigint as cases_out
from intermediate.attrition_step
window
    source as (partition by source),
    earlier as (partition by source order by step_number rows between unbounded preceding and 1 preceding),
    upto as (partition by source order by step_number rows between unbounded preceding and current row)
