-- Cells whose last quarter is not the whole: what has accumulated at the end is every case of the primary analysis.
-- grain  one row per cell that breaks the rule: empty when the quarters accumulate to the published cells
-- key    source, drug, route, reaction, definition
-- not    a check of the quarters between
-- why    what has accumulated in the end is every case
with latest as (
    select
        source, drug, route, reaction, definition, with_both_count, drug_only_count, reaction_only_count,
        neither_count
    from intermediate.signal_quarter_count
    qualify row_number() over (partition by source, drug, route, reaction, definition order by quarter desc) = 1
),

whole as (
    select
        source, drug, route, reaction, definition, with_both_count, drug_only_count, reaction_only_count,
        neither_count
    from intermediate.signal_count
    where analysis = 'primary' and comparator = 'all_other_cases'
)

select
    source, drug, route, reaction, definition, whole.with_both_count,
    latest.with_both_count as summed_with_both_count
from whole
full join latest using (source, drug, route, reaction, definition)
where whole.with_both_count is distinct from latest.with_both_count
    or whole.drug_only_count is distinct from latest.drug_only_count
    or whole.reaction_only_count is distinct from latest.reaction_only_count
    or whole.neither_count is distinct from latest.neither_count
