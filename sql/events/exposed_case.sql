-- Which drug of the watch list each case suspects, by which route.
-- grain  one row per case, drug and route, the roll-ups of drug and route included
-- key    source, case_id, drug, route
-- not    additive: a case has a row in each route it names, and one in any
with suspect as (
    select source, case_id, drug, drug_subclass, route, route_detail
    from events.exposure
    where is_suspect and drug is not null
),
named as (
    select source, case_id, drug, route, route_detail from suspect
    union all
    select source, case_id, drug_subclass, route, route_detail from suspect where drug_subclass is not null
    union all
    select suspect.source, suspect.case_id, drug_rollup.rollup, suspect.route, suspect.route_detail
    from suspect
    inner join codes.drug_rollup as drug_rollup on drug_rollup.drug = suspect.drug
),
routed as (
    select source, case_id, drug,
        count(*) filter (where route <> 'unknown') as named_count,
        -- What is stated but not in our list is a named route that nobody knows: it speaks against the contrast.
        count(*) filter (
            where route in ('intravenous', 'parenteral_unspecified', 'not coded')
                or route_detail in ('indirect', 'literal_other')
        ) as disqualifying_count
    from named
    group by source, case_id, drug
)
select distinct source, case_id, drug, route from named where route not in ('unknown', 'not coded')
union all
select source, case_id, drug, 'unknown' as route from routed where named_count = 0
union all
select source, case_id, drug, 'any' as route from routed
union all
select source, case_id, drug, 'not_intravenous' as route from routed where named_count > 0 and disqualifying_count = 0
