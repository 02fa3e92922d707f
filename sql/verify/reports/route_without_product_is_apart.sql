-- Rows of a route by which no product of the drug exists whose cases are not counted apart, or not in the row of all
-- routes of the drug.
-- grain  one row per row that breaks the rule: empty when every such case is counted apart
-- key    source, drug, route, reaction, definition
-- not    a check of the list of products
-- why    a case that names a route without a product misleads about that route unless it can be told apart
with whole as (
    select source, drug, reaction, definition, no_product_route_case_count as no_product_route_case_count_of_any
    from summary.reported_by_drug_route
    where route = 'any'
)

select
    source, drug, route, reaction, definition, published.case_count, published.no_product_route_case_count,
    whole.no_product_route_case_count_of_any
from summary.reported_by_drug_route as published
left join whole using (source, drug, reaction, definition)
where published.no_product_route_case_count > published.case_count
    or (published.route_has_product = 'no' and published.no_product_route_case_count <> published.case_count)
    or coalesce(published.no_product_route_case_count > whole.no_product_route_case_count_of_any, true)
