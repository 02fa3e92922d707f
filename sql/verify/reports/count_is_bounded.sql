-- Published counts that exceed what they are part of.
-- grain  one row per cell that breaks the rule: empty when every part is within its whole
-- key    source, drug, route, reaction, definition
-- not    a plausibility check: it holds whatever was reported
-- why    a part that exceeds its whole counted somebody twice
select
    source, drug, route, reaction, definition, case_count, serious_case_count, fatal_case_count,
    drug_route_case_count, route_unknown_case_count
from summary.reported_by_drug_route
where case_count > drug_route_case_count
    or serious_case_count > case_count
    or fatal_case_count > serious_case_count
    or (route = 'unknown' and route_unknown_case_count <> drug_route_case_count)
    or (case_count = 0 and last_received_date is not null)
