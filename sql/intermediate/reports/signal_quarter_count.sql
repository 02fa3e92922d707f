-- The four cells of the primary analysis as they stood at the end of each quarter of first receipt, beside what the
-- quarter itself added.
-- grain  one row per source, drug, route, reaction, definition and quarter, from the first with a case of that drug and
--        route; every later quarter in which any case was first received has its row
-- key    source, drug, route, reaction, definition, quarter
-- not    what was known then: cases have the content of today. `not stated` comes last: its row adds the cases without a
--        date of receipt, and holds all cases
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

arrived as (
    select source, case_id, first_received_quarter as quarter from events.case
),

exposed as (
    select exposed.source, exposed.drug, exposed.route, arrived.quarter, count(*) as case_count
    from events.exposed_case as exposed
    inner join arrived on arrived.source = exposed.source and arrived.case_id = exposed.case_id
    group by all
),

reacting as (
    select reacting.source, reacting.reaction, reacting.definition, arrived.quarter, count(*) as case_count
    from intermediate.reacting_case as reacting
    inner join arrived on arrived.source = reacting.source and arrived.case_id = reacting.case_id
    group by all
),

reported as (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.definition, arrived.quarter,
        count(*) as case_count
    from events.reported as reported
    inner join arrived on arrived.source = reported.source and arrived.case_id = reported.case_id
    group by all
),

named as (
    select source, drug, route, min(quarter) as first_quarter from exposed group by source, drug, route
),

summed as (
    select
        named.source, named.drug, named.route, reaction.reaction, definition.definition, universe.quarter,
        universe.universe_count, universe.quarter_universe_count, universe.is_landed,
        universe.not_landed_before_count,
        sum(coalesce(reported.case_count, 0)) over cell::bigint as with_both_count,
        sum(coalesce(exposed.case_count, 0)) over cell::bigint as drug_route_case_count,
        sum(coalesce(reacting.case_count, 0)) over cell::bigint as reaction_case_count,
        coalesce(reported.case_count, 0) as quarter_with_both_count,
        coalesce(exposed.case_count, 0) as quarter_drug_route_case_count,
        coalesce(reacting.case_count, 0) as quarter_reaction_case_count,
        named.first_quarter
    from named
    inner join intermediate.received_quarter as universe on universe.source = named.source
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
    left join exposed
        on exposed.source = named.source and exposed.drug = named.drug
            and exposed.route = named.route and exposed.quarter = universe.quarter
    left join reacting
        on reacting.source = named.source and reacting.reaction = reaction.reaction
            and reacting.definition = definition.definition and reacting.quarter = universe.quarter
    left join reported
        on reported.source = named.source and reported.drug = named.drug
            and reported.route = named.route and reported.reaction = reaction.reaction
            and reported.definition = definition.definition and reported.quarter = universe.quarter
    window cell as (
        partition by named.source, named.drug, named.route, reaction.reaction, definition.definition
        order by universe.quarter
    )
)

select
    source, drug, route, reaction, definition, quarter, with_both_count,
    drug_route_case_count - with_both_count as drug_only_count,
    reaction_case_count - with_both_count as reaction_only_count,
    universe_count - drug_route_case_count - reaction_case_count + with_both_count as neither_count, universe_count,
    quarter_with_both_count, quarter_drug_route_case_count, quarter_reaction_case_count, quarter_universe_count,
    is_landed, not_landed_before_count
from summed
where quarter >= first_quarter
