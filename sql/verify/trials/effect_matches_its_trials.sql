-- Effects that differ from the trials behind them: another number of trials or of people.
-- grain  one row per offending row of trial_effect, or per cell without an effect; none is right
-- key    drug, route, reaction, definition, population, comparator, bound, register, analysis, measure, method, interval
-- not    a recomputation of the effect: tests do that apart
-- why    an effect opens down to its trials, or nobody can check it

with seen as (
    select trial.* exclude (register), view.register, view.analysis
    from events.trial_comparison as trial
    cross join (
        values
        ('all', 'primary'), ('all', 'systematically_assessed'), ('clinicaltrials', 'primary'), ('studies', 'primary')
    ) as view (register, analysis)
    where
        if(view.register = 'all', trial.is_in_all, trial.register = view.register)
        and (view.analysis = 'primary' or trial.is_systematically_assessed)
),

behind as (
    select
        drug, route, reaction, definition, population, comparator, bound, register, analysis,
        count(*) filter (where randomisation <> 'not randomised') as trials_behind,
        count(*) filter (where is_crossover and randomisation <> 'not randomised') as crossovers_behind,
        coalesce(
            sum(participants_at_risk + comparator_participants_at_risk)
            filter (where randomisation <> 'not randomised'),
            0
        ) as people
    from seen
    group by drug, route, reaction, definition, population, comparator, bound, register, analysis
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    bound,
    register,
    analysis,
    effect.measure,
    effect.method,
    effect.interval,
    effect.trial_count,
    coalesce(behind.trials_behind, 0) as trials_behind
from behind
full outer join summary.trial_effect as effect
    using (drug, route, reaction, definition, population, comparator, bound, register, analysis)
where
    effect.trial_count is distinct from coalesce(behind.trials_behind, 0)
    or effect.crossover_trial_count is distinct from coalesce(behind.crossovers_behind, 0)
    -- people the estimate rests on, and those left out of it, are everybody of the trials
    or effect.participants_at_risk + effect.comparator_participants_at_risk + effect.left_out_participant_count
    is distinct from coalesce(behind.people, 0)
