-- Which drug of the watch list each new case of the sequential test suspects, by the routes of its family.
-- grain  one row per new case, drug and route of any, intravenous and not_intravenous
-- key    source, quarter, case_id, drug, route
-- not    every route: the test compares these three only
with suspected as (
    select
        new_case.source, new_case.quarter, new_case.case_id, exposure.drug,
        count(*) filter (where coalesce(exposure.route, 'unknown') <> 'unknown') as named_count,
        count(*) filter (where exposure.route = 'intravenous') as intravenous_count,
        count(*) filter (
            where exposure.route in ('intravenous', 'parenteral_unspecified', 'not coded')
            or exposure.route_detail in ('indirect', 'literal_other')
        ) as disqualifying_count
    from events.new_case as new_case
    inner join typed.faers_exposure as exposure
        on exposure.period = new_case.quarter and exposure.report_id = new_case.report_id
            and exposure.case_id = new_case.case_id
    where exposure.drug is not null and exposure.role_code in ('PS', 'SS', 'I')
    group by new_case.source, new_case.quarter, new_case.case_id, exposure.drug
)

select source, quarter, case_id, drug, 'any' as route from suspected
union all
select source, quarter, case_id, drug, 'intravenous' as route from suspected where intravenous_count > 0
union all
select source, quarter, case_id, drug, 'not_intravenous' as route
from suspected
where named_count > 0 and disqualifying_count = 0
