-- Which drug lines put each case into the count of a drug and route: where its start, dose and dechallenge are stated.
-- grain  one row per case, drug, route, drug line and route that the line states, roll-ups of drug and route included
-- key    source, case_id, drug, route, line_number, drug_sequence, line_route
-- not    additive, and no concomitant drug; in any every line of the drug, in not_intravenous those that name a route
with suspected as (
    select
        source, case_id, line_number, drug_sequence, drug, drug_subclass, coalesce(route, 'unknown') as line_route
    from events.exposure
    where drug is not null and is_suspect
),

named as (
    select source, case_id, line_number, drug_sequence, drug, line_route from suspected
    union
    select source, case_id, line_number, drug_sequence, drug_subclass, line_route
    from suspected
    where drug_subclass is not null
    union
    select
        suspected.source, suspected.case_id, suspected.line_number, suspected.drug_sequence, drug_rollup.rollup,
        suspected.line_route
    from suspected
    inner join codes.drug_rollup as drug_rollup on drug_rollup.drug = suspected.drug
)

select
    exposed.source, exposed.case_id, exposed.drug, exposed.route, named.line_number, named.drug_sequence,
    named.line_route
from events.exposed_case as exposed
inner join named
    on named.source = exposed.source and named.case_id = exposed.case_id and named.drug = exposed.drug
where exposed.route in (named.line_route, 'any', 'unknown')
    or (exposed.route = 'not_intravenous' and named.line_route <> 'unknown')
