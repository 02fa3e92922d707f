-- Cases of a drug whose routes contradict one another: unknown beside a named route, or not_intravenous beside
-- intravenous or unspecified parenteral, or beside unknown.
-- grain  one row per source, case and drug that breaks the rule: empty when routes are consistent
-- key    source, case_id, drug
-- not    cases with several named routes: those are allowed
-- why    unknown means that no route is stated, and the contrast never holds an intravenous case
with placed as (
    select source, case_id, drug, list_sort(list(route)) as routes
    from events.exposed_case
    group by source, case_id, drug
)

select source, case_id, drug, array_to_string(routes, ', ') as routes
from placed
where (list_contains(routes, 'unknown') and array_length(routes) > 2)
    or (
        list_contains(routes, 'not_intravenous')
        and (list_has_any(routes, ['intravenous', 'parenteral_unspecified', 'unknown']) or array_length(routes) < 3)
    )
