-- Cells whose strata do not add up to the whole: the cases with both and with the drug, of each kind of strata.
-- grain  one row per cell and stratum kind that breaks the rule: empty when each case is in one stratum
-- key    source, drug, route, reaction, definition, stratum_kind
-- not    a rule about the other cells: strata without a case of the drug and route have no row
-- why    each case is in one stratum of each kind
with summed as (
    select
        source, drug, route, reaction, definition, stratum_kind,
        sum(with_both_count)::bigint as with_both_count, sum(drug_only_count)::bigint as drug_only_count,
        sum(reaction_only_count)::bigint as reaction_only_count, sum(universe_count)::bigint as universe_count,
        min(least(with_both_count, drug_only_count, reaction_only_count, neither_count)) as least_count,
        bool_and(with_both_count + drug_only_count + reaction_only_count + neither_count = universe_count) as is_closed
    from intermediate.signal_stratum_count
    group by all
),

whole as (
    select
        counted.source, counted.drug, counted.route, counted.reaction, counted.definition, kind.stratum_kind,
        counted.with_both_count, counted.drug_only_count, counted.reaction_only_count, counted.universe_count
    from intermediate.signal_count as counted
    cross join (values ('age_band, sex, year'), ('report_length'), ('indication')) as kind (stratum_kind)
    where counted.analysis = 'primary' and counted.comparator = 'all_other_cases'
)

select
    source, drug, route, reaction, definition, stratum_kind, whole.with_both_count,
    summed.with_both_count as summed_with_both_count
from whole
full join summed using (source, drug, route, reaction, definition, stratum_kind)
where whole.with_both_count is distinct from summed.with_both_count
    or whole.drug_only_count is distinct from summed.drug_only_count
    or summed.reaction_only_count > whole.reaction_only_count
    or summed.universe_count > whole.universe_count
    or summed.least_count < 0
    or not summed.is_closed
