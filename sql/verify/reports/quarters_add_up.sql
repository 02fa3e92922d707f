-- Published counts that differ from the sum over their quarters.
-- grain  one row per cell that breaks the rule: empty when the quarters add up
-- key    source, drug, route, reaction, definition
-- not    a rule about routes or reactions, which do not add up: a case may have several
-- why    each case was first received in one quarter, so the quarters add up to the published count
with summed as (
    select
        source, drug, route, reaction, definition, sum(case_count)::bigint as case_count,
        sum(serious_case_count)::bigint as serious_case_count, sum(fatal_case_count)::bigint as fatal_case_count
    from summary.reported_by_drug_route_quarter
    group by all
)

select source, drug, route, reaction, definition, whole.case_count, summed.case_count as summed_case_count
from summary.reported_by_drug_route as whole
full join summed using (source, drug, route, reaction, definition)
where coalesce(whole.case_count, 0) <> coalesce(summed.case_count, 0)
    or coalesce(whole.serious_case_count, 0) <> coalesce(summed.serious_case_count, 0)
    or coalesce(whole.fatal_case_count, 0) <> coalesce(summed.fatal_case_count, 0)
