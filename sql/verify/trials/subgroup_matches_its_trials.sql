-- Contrasts between routes that do not hold the trials of their two sides, each on one side or set aside.
-- grain  one row per offending row of trial_subgroup, or per cell without a contrast; none is right
-- key    drug, reaction, definition, population, comparator, bound, measure, method, tau
-- not    magnesium, which has no contrast
-- why    a contrast opens down to its trials, and none is on two sides with one control

with side as (
    select
        drug, reaction, definition, population, comparator, bound,
        count(*) filter (where route = 'intravenous') as intravenous_count,
        count(*) filter (where route = 'not_intravenous') as other_count
    from events.trial_comparison
    where
        route in ('intravenous', 'not_intravenous')
        and randomisation <> 'not randomised'
        and is_in_all
        and not starts_with(drug, 'magnesium')
    group by drug, reaction, definition, population, comparator, bound
)

select
    drug,
    reaction,
    definition,
    population,
    comparator,
    bound,
    contrast.measure,
    contrast.method,
    contrast.tau,
    side.intravenous_count as trials_behind
from side
full outer join summary.trial_subgroup as contrast using (drug, reaction, definition, population, comparator, bound)
where
    side.intravenous_count is distinct from contrast.intravenous_trial_count + contrast.set_aside_trial_count
    or side.other_count is distinct from contrast.not_intravenous_trial_count + contrast.set_aside_trial_count
    or contrast.shared_control_trial_count
    > least(contrast.intravenous_trial_count, contrast.not_intravenous_trial_count)
