-- Cells whose trials, compared one at a time, do not add up to what is published of them.
-- grain  one row per offending drug, route, reaction, definition, population and comparator; none is right
-- key    drug, route, reaction, definition, population, comparator
-- not    the cells without a comparator: they are observed and compared with nothing
-- why    the trials that are pooled are those that are shown, with the same people

with compared as (
    select
        drug, route, reaction, definition, population, comparator,
        count(*) filter (where bound = 'lower') as trials_compared,
        sum(participants_affected) filter (where bound = 'lower') as affected_lower,
        sum(participants_affected) filter (where bound = 'upper') as affected_upper,
        sum(participants_at_risk) filter (where bound = 'lower') as at_risk,
        sum(comparator_participants_affected) filter (where bound = 'lower') as comparator_lower,
        sum(comparator_participants_affected) filter (where bound = 'upper') as comparator_upper,
        sum(comparator_participants_at_risk) filter (where bound = 'lower') as comparator_at_risk
    from events.trial_comparison
    where is_in_all
    group by drug, route, reaction, definition, population, comparator
),

observed as (
    select *
    from summary.observed_by_drug_route
    where comparator <> 'none'
)

select
    drug,
    route,
    reaction,
    definition,
    population,
    comparator,
    observed.trial_count,
    compared.trials_compared
from compared
full outer join observed using (drug, route, reaction, definition, population, comparator)
where
    compared.trials_compared is distinct from observed.trial_count
    or compared.affected_lower is distinct from observed.participants_affected_lower
    or compared.affected_upper is distinct from observed.participants_affected_upper
    or compared.at_risk is distinct from observed.participants_at_risk
    or compared.comparator_lower is distinct from observed.comparator_participants_affected_lower
    or compared.comparator_upper is distinct from observed.comparator_participants_affected_upper
    or compared.comparator_at_risk is distinct from observed.comparator_participants_at_risk
