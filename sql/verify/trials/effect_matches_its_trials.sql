-- Effects that differ from the trials behind them: another number of trials or of people.
-- grain  one row per offending row of trial_effect, or per cell without an effect; none is right
-- key    drug, route, reaction, definition, population, comparator, bound, measure, method, interval
-- not    a recomputation of the effect: tests do that apart
-- why    an effect opens down to its trials, or nobody can check it

with behind as (
    select
        drug, route, reaction, definition, population, comparator, bound,
        count(*) as trials_behind,
        count(*) filter (where is_crossover) as crossovers_behind,
        coalesce(sum(participants_affected), 0) as affected,
        coalesce(sum(participants_at_risk), 0) as at_risk,
        coalesce(sum(comparator_participants_affected), 0) as comparator_affected,
        coalesce(sum(comparator_participants_at_risk), 0) as comparator_at_risk
    from events.trial_comparison
    where randomisation <> 'not randomised' and is_in_all
    group by drug, route, reaction, definition, population, comparator, bound
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    bound,
    effect.measure,
    effect.method,
    effect.interval,
    effect.trial_count,
    coalesce(behind.trials_behind, 0) as trials_behind
from behind
full outer join summary.trial_effect as effect
    using (drug, route, reaction, definition, population, comparator, bound)
where
    effect.trial_count is distinct from coalesce(behind.trials_behind, 0)
    or effect.crossover_trial_count is distinct from coalesce(behind.crossovers_behind, 0)
    or effect.participants_affected is distinct from coalesce(behind.affected, 0)
    or effect.participants_at_risk is distinct from coalesce(behind.at_risk, 0)
    or effect.comparator_participants_affected is distinct from coalesce(behind.comparator_affected, 0)
    or effect.comparator_participants_at_risk is distinct from coalesce(behind.comparator_at_risk, 0)
