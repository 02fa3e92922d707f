-- The step of the Northland register that takes in another number of cases than there are published reports.
-- grain  one row per step that does: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
select step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out
from summary.attrition as step
where step.source = 'northland' and step.step = 'cases'
    and step.rows_in <> (select sum(report_count) from summary.reported_in_northland)
