-- Rows by indication that do not agree with the tally by drug and route, or with the rows they are made of: `any` lies
-- between the largest of its parts and their sum, as a case may be in several, and so does chronic pain among its kinds.
-- grain  one row per row that breaks the rule: empty when each case is once in every roll-up
-- key    source, drug, route, reaction, definition, population, label_status
-- not    a sum that closes: a case with two indications is in two rows
-- why    a case with several indications counts once in each of its rows and once in each roll-up
with kind as (
    select value, coalesce(rollup, value) as parent from codes.indication_population
),

-- the parts of each roll-up of population, and of label status
part as (
    select
        'every population' as kind_of_part, source, drug, route, reaction, definition, 'any' as population,
        label_status, case_count, population_case_count
    from summary.reported_by_indication
    where population in (select value from kind)
    union all
    select
        'kinds', published.source, published.drug, published.route, published.reaction, published.definition,
        kind.parent, published.label_status, published.case_count, published.population_case_count
    from summary.reported_by_indication as published
    inner join kind on kind.value = published.population and kind.parent <> kind.value
    union all
    select
        'label statuses', source, drug, route, reaction, definition, population, 'any', case_count,
        population_case_count
    from summary.reported_by_indication
    where label_status <> 'any'
),

bound as (
    select
        kind_of_part, source, drug, route, reaction, definition, population, label_status,
        max(case_count) as most_case_count, max(population_case_count) as most_population_case_count,
        sum(case_count)::bigint as summed_case_count,
        sum(population_case_count)::bigint as summed_population_case_count
    from part
    group by all
),

whole as (
    select
        published.source, published.drug, published.route, published.reaction, published.definition,
        published.population, published.label_status, published.case_count, published.population_case_count,
        tally.case_count as tally_case_count, tally.serious_case_count as tally_serious_case_count,
        tally.fatal_case_count as tally_fatal_case_count,
        tally.case_count_deduplicated as tally_case_count_deduplicated,
        tally.drug_route_case_count as tally_drug_route_case_count,
        published.serious_case_count, published.fatal_case_count, published.case_count_deduplicated,
        published.drug_route_case_count, published.reaction is not null as is_published
    from (
        select * from summary.reported_by_indication where population = 'any' and label_status = 'any'
    ) as published
    full join summary.reported_by_drug_route as tally using (source, drug, route, reaction, definition)
)

select
    source, drug, route, reaction, definition, population, label_status, case_count,
    tally_case_count as compared_case_count
from whole
where not is_published
    or case_count is distinct from tally_case_count
    or serious_case_count is distinct from tally_serious_case_count
    or fatal_case_count is distinct from tally_fatal_case_count
    or case_count_deduplicated is distinct from tally_case_count_deduplicated
    or drug_route_case_count is distinct from tally_drug_route_case_count
    or population_case_count is distinct from tally_drug_route_case_count
union all
select
    bound.source, bound.drug, bound.route, bound.reaction, bound.definition, bound.population, bound.label_status,
    published.case_count, bound.summed_case_count
from bound
left join summary.reported_by_indication as published
    using (source, drug, route, reaction, definition, population, label_status)
where published.case_count is null
    or published.case_count not between bound.most_case_count and bound.summed_case_count
    or published.population_case_count
    not between bound.most_population_case_count and bound.summed_population_case_count
