-- Contrasts of routes that are not between two groups of cases: a case on both sides, a side that differs from the tally
-- by drug and route, cases of the drug on no side that were not counted as such, or any contrast of magnesium.
-- grain  one row per cell of the contrast that breaks the rule: empty when the sides are apart
-- key    source, drug, reaction, definition
-- not    a claim that the sides hold like patients
-- why    a case on both sides would be compared with itself
with both_sides as (
    select source, drug, count(*) as case_count
    from (
        select source, case_id, drug
        from events.exposed_case
        where route in ('intravenous', 'not_intravenous') and not starts_with(drug, 'magnesium')
        group by source, case_id, drug
        having count(distinct route) = 2
    )
    group by source, drug
),

tally as (
    select
        source, drug, reaction, definition,
        max(case_count) filter (where route = 'intravenous') as intravenous_with_reaction_count,
        max(drug_route_case_count) filter (where route = 'intravenous') as intravenous_case_count,
        max(case_count) filter (where route = 'not_intravenous') as not_intravenous_with_reaction_count,
        max(drug_route_case_count) filter (where route = 'not_intravenous') as not_intravenous_case_count,
        max(case_count) filter (where route = 'any') as with_reaction_count,
        max(drug_route_case_count) filter (where route = 'any') as drug_case_count
    from summary.reported_by_drug_route
    group by all
),

summed as (
    select
        source, drug, reaction, definition, stratum_kind,
        sum(intravenous_with_reaction_count)::bigint as intravenous_with_reaction_count,
        sum(intravenous_case_count)::bigint as intravenous_case_count,
        sum(not_intravenous_with_reaction_count)::bigint as not_intravenous_with_reaction_count,
        sum(not_intravenous_case_count)::bigint as not_intravenous_case_count,
        any_value(neither_side_with_reaction_count) as neither_side_with_reaction_count,
        any_value(neither_side_case_count) as neither_side_case_count
    from intermediate.route_contrast_count
    group by all
)

select
    summed.source, summed.drug, summed.reaction, summed.definition, summed.stratum_kind,
    summed.intravenous_case_count, summed.not_intravenous_case_count, coalesce(both_sides.case_count, 0) as case_count
from summed
left join tally using (source, drug, reaction, definition)
left join both_sides on both_sides.source = summed.source and both_sides.drug = summed.drug
where both_sides.case_count > 0
    or starts_with(summed.drug, 'magnesium')
    or summed.intravenous_with_reaction_count is distinct from tally.intravenous_with_reaction_count
    or summed.intravenous_case_count is distinct from tally.intravenous_case_count
    or summed.not_intravenous_with_reaction_count is distinct from tally.not_intravenous_with_reaction_count
    or summed.not_intravenous_case_count is distinct from tally.not_intravenous_case_count
    or summed.intravenous_case_count + summed.not_intravenous_case_count + summed.neither_side_case_count
    is distinct from tally.drug_case_count
    or summed.intravenous_with_reaction_count + summed.not_intravenous_with_reaction_count
    + summed.neither_side_with_reaction_count is distinct from tally.with_reaction_count
