-- How many cases report each reaction, by drug, route and calendar quarter of first receipt.
-- grain  one row per source, drug, route, reaction, definition and quarter in which that drug and route has a case
-- key    source, drug, route, reaction, definition, quarter
-- not    a rate, nor the quarter of the event; 'not stated' is a quarter of its own
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

exposed as (
    select
        exposed_case.source, exposed_case.drug, exposed_case.route, cases.first_received_quarter as quarter,
        count(*) as drug_route_case_count
    from events.exposed_case as exposed_case
    inner join events.case as cases on cases.source = exposed_case.source and cases.case_id = exposed_case.case_id
    group by all
),

cell as (
    select
        exposed.source, exposed.drug, exposed.route, reaction.reaction, definition.definition, exposed.quarter,
        exposed.drug_route_case_count
    from exposed
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
),

counted as (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.definition,
        cases.first_received_quarter as quarter,
        count(*) as case_count, count(*) filter (where cases.is_serious) as serious_case_count,
        count(*) filter (where cases.is_fatal) as fatal_case_count,
        count(*) filter (where duplicate.case_id is null) as case_count_deduplicated,
        min(cases.first_received_date) as first_received_date, max(cases.received_date) as last_received_date
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    left join events.duplicate as duplicate
        on duplicate.source = reported.source and duplicate.case_id = reported.case_id
    group by all
)

select
    cell.source, cell.drug, cell.route, cell.reaction, cell.definition, cell.quarter,
    coalesce(counted.case_count, 0) as case_count,
    coalesce(counted.serious_case_count, 0) as serious_case_count,
    coalesce(counted.fatal_case_count, 0) as fatal_case_count,
    coalesce(counted.case_count_deduplicated, 0) as case_count_deduplicated,
    cell.drug_route_case_count, coalesce(unknown_route.drug_route_case_count, 0) as route_unknown_case_count,
    counted.first_received_date, counted.last_received_date
from cell
left join counted using (source, drug, route, reaction, definition, quarter)
left join exposed as unknown_route on unknown_route.source = cell.source and unknown_route.drug = cell.drug
    and unknown_route.quarter = cell.quarter and unknown_route.route = 'unknown'
