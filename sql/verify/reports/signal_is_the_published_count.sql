-- Cells of the statistics that are not the published counts: of any analysis that do not sum to their universe, and of
-- the primary one that differ from the tally by drug and route or from all cases there are.
-- grain  one row per cell that breaks the rule: empty when statistics and tallies speak of the same cases
-- key    source, drug, route, reaction, definition, analysis, comparator
-- not    a check of the measures themselves
-- why    statistics and tallies speak of the same cases
with universe as (
    select source, count(*) as case_count from events.case group by source
),

told as (
    select
        source, drug, route, reaction, definition, counted.analysis, counted.comparator,
        counted.with_both_count, counted.drug_only_count, counted.reaction_only_count, counted.neither_count,
        counted.universe_count, published.case_count, published.drug_route_case_count,
        published.source is not null as is_published, counted.source is not null as is_counted,
        counted.analysis = 'primary' and counted.comparator = 'all_other_cases' as is_primary
    from intermediate.signal_count as counted
    full join summary.reported_by_drug_route as published using (source, drug, route, reaction, definition)
)

select
    told.source, told.drug, told.route, told.reaction, told.definition, told.analysis, told.comparator,
    told.with_both_count, told.universe_count, told.case_count, universe.case_count as case_count_of_all
from told
left join universe on universe.source = told.source
where not told.is_counted
    or least(told.with_both_count, told.drug_only_count, told.reaction_only_count, told.neither_count) < 0
    or told.with_both_count + told.drug_only_count + told.reaction_only_count + told.neither_count
    <> told.universe_count
    or told.universe_count > universe.case_count
    or (told.is_primary and (
        not told.is_published
        or told.with_both_count <> told.case_count
        or told.with_both_count + told.drug_only_count <> told.drug_route_case_count
        or told.universe_count <> universe.case_count
    ))
