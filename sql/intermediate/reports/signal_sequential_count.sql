-- The four cells of each quarter's new cases, each quarter by itself, for every test of the sequential family.
-- grain  one row per source, drug, route, reaction and quarter of the test that has a new case
-- key    source, drug, route, reaction, quarter
-- not    cumulative, and not the cells of today: cases have the content of the quarter in which they were new
with universe as (
    select source, quarter, count(*) as case_count from events.new_case group by source, quarter
),

exposed as (
    select source, quarter, drug, route, count(*) as case_count
    from events.new_exposed_case
    group by source, quarter, drug, route
),

reacting as (
    select source, quarter, reaction, count(*) as case_count
    from events.new_reacting_case
    group by source, quarter, reaction
),

reported as (
    select exposed.source, exposed.quarter, exposed.drug, exposed.route, reacting.reaction, count(*) as case_count
    from events.new_exposed_case as exposed
    inner join events.new_reacting_case as reacting
        on reacting.source = exposed.source and reacting.quarter = exposed.quarter
            and reacting.case_id = exposed.case_id
    group by all
),

counted as (
    select
        universe.source, drug.drug, route.value as route, reaction.value as reaction, universe.quarter,
        universe.case_count as universe_count,
        coalesce(reported.case_count, 0) as with_both_count,
        coalesce(exposed.case_count, 0) as drug_route_case_count,
        coalesce(reacting.case_count, 0) as reaction_case_count
    from universe
    cross join (select distinct drug from codes.ingredient where drug is not null) as drug
    inner join codes.signal_family as route on route.dimension = 'route'
    inner join codes.signal_family as reaction on reaction.dimension = 'reaction'
    left join exposed
        on exposed.source = universe.source and exposed.quarter = universe.quarter and exposed.drug = drug.drug
            and exposed.route = route.value
    left join reacting
        on reacting.source = universe.source and reacting.quarter = universe.quarter
            and reacting.reaction = reaction.value
    left join reported
        on reported.source = universe.source and reported.quarter = universe.quarter and reported.drug = drug.drug
            and reported.route = route.value and reported.reaction = reaction.value
)

select
    source, drug, route, reaction, quarter, with_both_count,
    drug_route_case_count - with_both_count as drug_only_count,
    reaction_case_count - with_both_count as reaction_only_count,
    universe_count - drug_route_case_count - reaction_case_count + with_both_count as neither_count, universe_count
from counted
