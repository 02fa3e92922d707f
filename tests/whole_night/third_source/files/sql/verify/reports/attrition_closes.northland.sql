-- The last step of the Northland register, where it ends with another count than the published reports.
-- grain  one row per step that does: empty when the sums close
-- key    source, step_number
-- not    a limit on how much may leave
select step.source, step.step_number, step.step, step.rows_in, step.rows_left, step.rows_out
from summary.attrition as step
where step.source = 'northland' and step.step = 'records'
    and step.rows_out <> (select sum(report_count) from summary.reported_in_northland)
