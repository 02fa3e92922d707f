-- Changes whose cases or trials do not add up to the change of the number: gained less lost is now less before.
-- grain  one row per changed thing that breaks the rule
-- key    table_name, row_key, column_name
-- not    effects of which one snapshot has no row, and so no number of trials
-- why    a change that its cases do not explain is a wrong number, before or now
select table_name, row_key, column_name, count_before, count_now, gained_count, lost_count
from summary.change
where coalesce(count_now, 0) - coalesce(count_before, 0) <> gained_count - lost_count
    and (wing = 'reports' or (count_before is not null and count_now is not null))
