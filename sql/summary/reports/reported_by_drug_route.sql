-- How many cases report each reaction, by drug and route.
-- grain  one row per source, drug, route, reaction and definition; a drug and route with a case has every row
-- key    source, drug, route, reaction, definition
-- not    a rate: reports have no denominator; rows of routes and of sources do not add up
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

cell as (
    select
        exposed.source, exposed.drug, exposed.route, reaction.reaction, definition.definition,
        exposed.drug_route_case_count
    from (
        select source, drug, route, count(*) as drug_route_case_count
        from events.exposed_case
        group by source, drug, route
    ) as exposed
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
),

unknown_route as (
    select source, drug, count(*) as case_count from events.exposed_case where route = 'unknown' group by source, drug
),

implausible as (
    select distinct exposed.source, exposed.case_id, exposed.drug
    from events.exposed_case as exposed
    inner join intermediate.route_product as product
        on product.drug = exposed.drug and product.route = exposed.route
    where product.route_has_product = 'no'
),

counted as (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.definition,
        count(*) as case_count, count(*) filter (where cases.is_serious) as serious_case_count,
        count(*) filter (where cases.is_fatal) as fatal_case_count,
        count(*) filter (where duplicate.case_id is null) as case_count_deduplicated,
        count(implausible.case_id) as no_product_route_case_count,
        min(cases.first_received_date) as first_received_date, max(cases.received_date) as last_received_date
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    left join events.duplicate as duplicate
        on duplicate.source = reported.source and duplicate.case_id = reported.case_id
    left join implausible
        on implausible.source = reported.source and implausible.case_id = reported.case_id
            and implausible.drug = reported.drug
    group by all
)

select
    cell.source, cell.drug, cell.route, cell.reaction, cell.definition,
    coalesce(counted.case_count, 0) as case_count,
    coalesce(counted.serious_case_count, 0) as serious_case_count,
    coalesce(counted.fatal_case_count, 0) as fatal_case_count,
    coalesce(counted.case_count_deduplicated, 0) as case_count_deduplicated,
    cell.drug_route_case_count, coalesce(unknown_route.case_count, 0) as route_unknown_case_count,
    counted.first_received_date, counted.last_received_date, product.route_has_product,
    coalesce(counted.no_product_route_case_count, 0) as no_product_route_case_count
from cell
left join counted using (source, drug, route, reaction, definition)
left join unknown_route using (source, drug)
inner join intermediate.route_product as product on product.drug = cell.drug and product.route = cell.route
