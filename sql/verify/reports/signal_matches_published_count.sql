-- Cells of the statistics that are not the published counts: of any analysis that do not sum to their universe, and of
-- the primary one that differ from the tally by drug and route or from all cases there are.
-- grain  one row per cell that breaks the rule: empty when statistics and tallies count the same cases
-- key    source, drug, route, reaction, definition, analysis, comparator
-- not    a check of the measures themselves
-- why    statistics and tallies must count the same cases
with universe as (
    select source, count(*) as case_count from events.case group by source
),

cell as (
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
    cell.source, cell.drug, cell.route, cell.reaction, cell.definition, cell.analysis, cell.comparator,
    cell.with_both_count, cell.universe_count, cell.case_count, universe.case_count as case_count_of_all
from cell
left join universe on universe.source = cell.source
where not cell.is_counted
    or least(cell.with_both_count, cell.drug_only_count, cell.reaction_only_count, cell.neither_count) < 0
    or cell.with_both_count + cell.drug_only_count + cell.reaction_only_count + cell.neither_count
    <> cell.universe_count
    or cell.universe_count > universe.case_count
    or (cell.is_primary and (
        not cell.is_published
        or cell.with_both_count <> cell.case_count
        or cell.with_both_count + cell.drug_only_count <> cell.drug_route_case_count
        or cell.universe_count <> universe.case_count
    ))
