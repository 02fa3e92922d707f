-- Findings that differ from the headline effects of their cell, or a cell without its finding.
-- grain  one row per offending row of finding or cell of trial_effect; none is right
-- key    drug, route, reaction, population, comparator, bound, register
-- not    a recomputation: trial_effect is checked against its trials
-- why    the sentence that people quote rests on the rows that statisticians check

with ratio as (
    select *
    from summary.trial_effect
    where definition = 'narrow' and analysis = 'primary' and measure = 'rr' and method = 'mh' and interval = 'score'
),

difference as (
    select *
    from summary.trial_effect
    where definition = 'narrow' and analysis = 'primary' and measure = 'rd' and method = 'mh' and interval = 'score'
)

select
    drug,
    route,
    reaction,
    population,
    comparator,
    bound,
    register,
    finding.trial_count,
    ratio.trial_count as effect_trial_count,
    finding.risk_ratio,
    ratio.estimate as effect_risk_ratio,
    finding.difference_per_1000,
    difference.estimate as effect_difference
from summary.finding as finding
full outer join ratio using (drug, route, reaction, population, comparator, bound, register)
full outer join difference using (drug, route, reaction, population, comparator, bound, register)
where
    finding.trial_count is distinct from ratio.trial_count
    or finding.trial_count is distinct from difference.trial_count
    or finding.risk_ratio is distinct from ratio.estimate
    or finding.risk_ratio_lower is distinct from ratio.lower
    or finding.risk_ratio_upper is distinct from ratio.upper
    or finding.participants_at_risk is distinct from difference.participants_at_risk
    or finding.comparator_participants_at_risk is distinct from difference.comparator_participants_at_risk
    -- a hair for the rounding of floats
    or abs(finding.difference_per_1000 - 1000 * difference.estimate) > 1e-9
    or abs(finding.difference_per_1000_lower - 1000 * difference.lower) > 1e-9
    or abs(finding.difference_per_1000_upper - 1000 * difference.upper) > 1e-9
    or (finding.difference_per_1000 is null) <> (difference.estimate is null)
