-- What is reported and what trials show of one drug, route and reaction, side by side, in whatever population and against
-- whatever comparator there are trials.
-- grain  one row per source, drug, route, reaction, definition, population and comparator; both null without a trial,
--        the source null without a report
-- key    source, drug, route, reaction, definition, population, comparator
-- not    a total: reports have no denominator, trials have one, and the two are never added. The counts of reports stand
--        again in each row of trials
with reported as (
    select
        source, drug, route, reaction, definition, with_both_count as case_count,
        with_both_count + drug_only_count as drug_route_case_count, ror, ror_lower, ror_upper, ic, ic_lower, ic_upper,
        reason as report_reason
    from summary.signal
    where analysis = 'primary' and comparator = 'all_other_cases' and stratum = 'all'
),

observed as (
    select
        observed.drug, observed.route, observed.reaction, observed.definition, observed.population,
        observed.comparator, observed.trial_count, observed.participants_affected_lower,
        observed.participants_affected_upper, observed.participants_at_risk,
        observed.comparator_participants_affected_lower, observed.comparator_participants_affected_upper,
        observed.comparator_participants_at_risk, finding.difference_per_1000, finding.difference_per_1000_lower,
        finding.difference_per_1000_upper, finding.risk_ratio, finding.risk_ratio_lower, finding.risk_ratio_upper,
        finding.certainty, finding.sentence_text
    from summary.observed_by_drug_route as observed
    left join summary.finding as finding
        on observed.definition = 'narrow' and finding.drug = observed.drug and finding.route = observed.route
            and finding.reaction = observed.reaction and finding.population = observed.population
            and finding.comparator = observed.comparator and finding.bound = 'lower' and finding.register = 'all'
)

select
    reported.source, coalesce(reported.drug, observed.drug) as drug, coalesce(reported.route, observed.route) as route,
    coalesce(reported.reaction, observed.reaction) as reaction,
    coalesce(reported.definition, observed.definition) as definition, observed.population, observed.comparator,
    reported.* exclude (source, drug, route, reaction, definition),
    observed.* exclude (drug, route, reaction, definition, population, comparator),
    'Cases are reports without a denominator; participants are people at risk in trials: never added, never divided by '
    'each other. '
    || case
        when observed.drug is null then 'No trial counted the reaction'
        when reported.drug is null then 'No case suspects the drug by this route'
        when observed.comparator = 'none' then 'These trials have no arm to compare with'
        when observed.definition = 'broad' then 'Findings are of the narrow terms'
        else 'Findings are of trials that may have been randomised, at the lower bound of what they posted'
    end as caveat
from reported
full join observed
    on observed.drug = reported.drug and observed.route = reported.route and observed.reaction = reported.reaction
        and observed.definition = reported.definition
