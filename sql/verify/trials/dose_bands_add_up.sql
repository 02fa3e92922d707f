-- Cells whose arms are not all in one dose band each, read, uncoded or unknown.
-- grain  one row per offending drug, route, reaction, definition, population and comparator; none is right
-- key    drug, route, reaction, definition, population, comparator
-- not    ketamine_any, which has no dose bands
-- why    an arm in no band, or in two, bends every dose-response

with banded as (
    select drug, route, reaction, definition, population, comparator, sum(arm_count) as banded_arm_count
    from summary.observed_by_dose_band
    group by drug, route, reaction, definition, population, comparator
),

observed as (
    select drug, route, reaction, definition, population, comparator, arm_count
    from summary.observed_by_drug_route
    where drug not in (select rollup from codes.drug_rollup)
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    observed.arm_count,
    banded.banded_arm_count::bigint as banded_arm_count
from observed
full outer join banded using (drug, route, reaction, definition, population, comparator)
where observed.arm_count is distinct from banded.banded_arm_count
