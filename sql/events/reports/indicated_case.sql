-- What each case was given a drug of the watch list for, by route: its populations, and whether a label names them.
-- grain  one row per case, drug, route, population and label status, the roll-ups of each included
-- key    source, case_id, drug, route, population, label_status
-- not    additive: a case with two indications has a row of each, and one of any; `unknown` only where none is stated
with placed as (
    select distinct
        exposed.source, exposed.case_id, exposed.drug, exposed.route, stated.population, stated.label_status
    from events.exposed_case as exposed
    inner join intermediate.stated_indication as stated
        on stated.source = exposed.source and stated.case_id = exposed.case_id and stated.drug = exposed.drug
            and (stated.route = exposed.route or exposed.route in ('any', 'not_intravenous', 'unknown'))
),

known as (
    select source, case_id, drug, route, population, label_status
    from placed
    qualify population <> 'unknown'
        or count(*) filter (where population <> 'unknown') over (partition by source, case_id, drug, route) = 0
),

meaning as (
    select value as population, value as meant from codes.indication_population
    union all
    select value, rollup from codes.indication_population where rollup is not null
    union all
    select value, 'any' from codes.indication_population
)

select distinct
    known.source, known.case_id, known.drug, known.route, meaning.meant as population,
    unnest([known.label_status, 'any']) as label_status
from known
inner join meaning on meaning.population = known.population
