-- Pooled effects outside the bracket that the bounds of their trials allow.
-- grain  one row per offending cell and bound; none is right
-- key    drug, route, reaction, definition, population, comparator, bound, measure
-- not    every measure and method: a trial that is alike in both arms leaves a risk ratio, and weights move with counts
-- why    what the threshold may hide moves an effect no further than its bounds say

with pooled as (
    select drug, route, reaction, definition, population, comparator, bound, measure, estimate
    from summary.trial_effect
    where
        measure in ('rd', 'or')
        and method = 'mh'
        and interval = if(measure = 'rd', 'score', 'wald')
        and register = 'all'
        and analysis = 'primary'
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    pooled.bound,
    measure,
    least.estimate as least_estimate,
    pooled.estimate,
    most.estimate as most_estimate
from pooled
inner join pooled as least using (drug, route, reaction, definition, population, comparator, measure)
inner join pooled as most using (drug, route, reaction, definition, population, comparator, measure)
where
    pooled.bound in ('lower', 'upper')
    and least.bound = 'drug_lower_comparator_upper'
    and most.bound = 'drug_upper_comparator_lower'
    -- a hair for the rounding of floats
    and (
        pooled.estimate < least.estimate - 1e-9 * (1 + abs(least.estimate))
        or pooled.estimate > most.estimate + 1e-9 * (1 + abs(most.estimate))
    )
