-- Rows of one route that say more than the row of any route of the same drug.
-- grain  one row per offending drug, route, reaction, definition, population and comparator; none is right
-- key    drug, route, reaction, definition, population, comparator
-- not    a sum over routes: an arm with two routes is in both and once in any
-- why    no route of a drug holds more people than the drug by any route

select
    part.drug,
    part.route,
    part.reaction,
    part.definition,
    part.population,
    part.comparator
from summary.observed_by_drug_route as part
left join summary.observed_by_drug_route as whole
    on
        whole.drug = part.drug
        and whole.route = 'any'
        and whole.reaction = part.reaction
        and whole.definition = part.definition
        and whole.population = part.population
        and whole.comparator = part.comparator
where
    whole.drug is null
    or part.trial_count > whole.trial_count
    or part.arm_count > whole.arm_count
    or part.participants_affected_lower > whole.participants_affected_lower
    or part.participants_affected_upper > whole.participants_affected_upper
    or part.participants_at_risk > whole.participants_at_risk
