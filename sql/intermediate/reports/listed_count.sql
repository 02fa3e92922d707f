-- How many cases of each list there are, among those of a drug and route and of a reaction.
-- grain  one row per list, drug, route, reaction and definition; a drug, route, reaction and definition of '' is all
-- key    source, ingredient_list, drug, route, reaction, definition
-- not    all cells: what no case of the list falls into has no row
with exposed as (
    select source, case_id, drug, route from events.exposed_case
    union all
    select source, case_id, '' as drug, '' as route from events.case
),

reacting as (
    select source, case_id, reaction, definition from intermediate.reacting_case
    union all
    select source, case_id, '' as reaction, '' as definition from events.case
)

select
    listed_case.source, listed_case.ingredient_list, exposed.drug, exposed.route, reacting.reaction,
    reacting.definition, count(*) as case_count
from intermediate.listed_case as listed_case
inner join exposed on exposed.source = listed_case.source and exposed.case_id = listed_case.case_id
inner join reacting on reacting.source = listed_case.source and reacting.case_id = listed_case.case_id
group by all
