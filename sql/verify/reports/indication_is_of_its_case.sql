-- Cases of a drug and route whose indications are not whole: none at all, an unknown one beside a known one, a kind of
-- chronic pain without chronic pain, or an indication of a drug and route that the case does not have.
-- grain  one row per source, case, drug and route that breaks the rule: empty when every case is placed
-- key    source, case_id, drug, route
-- not    a check of what a term means
-- why    a case that is placed nowhere is lost from every population, and one both unknown and known is counted as both
with placed as (
    select
        source, case_id, drug, route,
        count(*) filter (where indicated.population = 'any' and label_status = 'any') as whole_count,
        bool_or(indicated.population = 'unknown') as is_unknown,
        bool_or(indicated.population not in ('unknown', 'any')) as is_known,
        bool_or(kind.rollup is not null) as has_kind,
        bool_or(indicated.population = 'chronic_pain') as has_chronic_pain
    from events.indicated_case as indicated
    left join codes.indication_population as kind on kind.value = indicated.population
    group by source, case_id, drug, route
)

select
    source, case_id, drug, route, placed.whole_count, exposed.source is not null as is_exposed, placed.is_unknown,
    placed.is_known
from events.exposed_case as exposed
full join placed using (source, case_id, drug, route)
where placed.whole_count is distinct from 1
    or exposed.source is null
    or (placed.is_unknown and placed.is_known)
    or placed.has_kind is distinct from placed.has_chronic_pain
