-- Published counts that differ from the cases behind them, counted anew.
-- grain  one row per cell that breaks the rule: empty when table and events agree
-- key    source, drug, route, reaction, definition
-- not    a check of the events themselves
-- why    a published number that differs from the cases behind it is wrong
with behind as (
    select source, drug, route, reaction, definition, count(distinct case_id) as case_count
    from events.reported
    group by all
)

select source, drug, route, reaction, definition, published.case_count, behind.case_count as cases_behind
from summary.reported_by_drug_route as published
full join behind using (source, drug, route, reaction, definition)
where published.case_count is null or published.case_count <> coalesce(behind.case_count, 0)
