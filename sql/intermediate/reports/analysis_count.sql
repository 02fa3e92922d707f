-- The cases behind the four cells of each analysis, against all other cases: with both, with the drug, with the
-- reaction, and all.
-- grain  one row per analysis, source, drug, route, reaction and definition; a drug and route with a case has every row,
--        but for a reaction of which the analysis sets a term aside: its own cases would be gone, and 0 be left to judge
-- key    analysis, source, drug, route, reaction, definition
-- not    cells: the margins overlap, and hold the cases with both
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

-- Analyses that set aside the cases of a reaction's own terms, all of them or some.
own_outcome as (
    select distinct 'without_misuse_or_overdose' as analysis, grouped.reaction, definition.definition
    from (
        select reaction, preferred_term, definition from codes.reaction
        union all
        select reaction_rollup.rollup, reaction.preferred_term, reaction.definition
        from codes.reaction as reaction
        inner join codes.reaction_rollup as reaction_rollup on reaction_rollup.reaction = reaction.reaction
    ) as grouped
    cross join (values ('narrow'), ('broad')) as definition (definition)
    inner join codes.report_context as report_context
        on lower(report_context.preferred_term) = lower(grouped.preferred_term)
    where report_context.context = 'misuse_or_overdose'
        and (grouped.definition = 'narrow' or definition.definition = 'broad')
),

exposed as (
    select analysis, source, drug, route, count(*) as case_count
    from intermediate.analysis_exposure
    group by analysis, source, drug, route
),

reported as (
    select
        exposure.analysis, exposure.source, exposure.drug, exposure.route, reacting.reaction, reacting.definition,
        count(*) as case_count
    from intermediate.analysis_exposure as exposure
    inner join intermediate.reacting_case as reacting
        on reacting.source = exposure.source and reacting.case_id = exposure.case_id
    group by all
),

universe as (
    select source, count(*) as case_count from events.case group by source
),

reacting as (
    select source, reaction, definition, count(*) as case_count from intermediate.reacting_case group by all
),

aside as (
    select analysis, source, count(*) as case_count from intermediate.analysis_set_aside group by analysis, source
),

reacting_aside as (
    select aside.analysis, aside.source, reacting.reaction, reacting.definition, count(*) as case_count
    from intermediate.analysis_set_aside as aside
    inner join intermediate.reacting_case as reacting
        on reacting.source = aside.source and reacting.case_id = aside.case_id
    group by all
)

select
    exposed.analysis, exposed.source, exposed.drug, exposed.route, reaction.reaction, definition.definition,
    coalesce(reported.case_count, 0) as with_both_count,
    exposed.case_count as drug_route_case_count,
    coalesce(reacting.case_count, 0) - coalesce(reacting_aside.case_count, 0) as reaction_case_count,
    universe.case_count - coalesce(aside.case_count, 0) as universe_count
from exposed
cross join reaction
cross join (values ('narrow'), ('broad')) as definition (definition)
inner join universe on universe.source = exposed.source
left join reported
    on reported.analysis = exposed.analysis and reported.source = exposed.source
        and reported.drug = exposed.drug and reported.route = exposed.route
        and reported.reaction = reaction.reaction and reported.definition = definition.definition
left join reacting
    on reacting.source = exposed.source and reacting.reaction = reaction.reaction
        and reacting.definition = definition.definition
left join aside on aside.analysis = exposed.analysis and aside.source = exposed.source
left join reacting_aside
    on reacting_aside.analysis = exposed.analysis and reacting_aside.source = exposed.source
        and reacting_aside.reaction = reaction.reaction and reacting_aside.definition = definition.definition
left join own_outcome
    on own_outcome.analysis = exposed.analysis and own_outcome.reaction = reaction.reaction
        and own_outcome.definition = definition.definition
where own_outcome.reaction is null
