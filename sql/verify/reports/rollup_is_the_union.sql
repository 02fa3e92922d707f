-- Cases in which a roll-up and its members disagree: ketamine_any, the subclasses of magnesium,
-- nausea_or_vomiting.
-- grain  one row per source, case, roll-up, route and definition that breaks the rule: empty when they agree
-- key    source, case_id, rollup, route, definition
-- not    a sum: a case that has two members is once in the roll-up
-- why    a roll-up counts a case of either member once, no more and no fewer
with member as (
    select source, case_id, drug_rollup.rollup, route, '' as definition
    from events.exposed_case
    inner join codes.drug_rollup as drug_rollup using (drug)
    where route <> 'not_intravenous' and route <> 'unknown'
    union
    select source, case_id, 'magnesium', route, '' from events.exposed_case
    where drug like 'magnesium\_%' escape '\' and route = 'any'
    union
    select source, case_id, drug || ' ' || reaction_rollup.rollup, route, definition
    from events.reported
    inner join codes.reaction_rollup as reaction_rollup using (reaction)
),

rolled as (
    select source, case_id, drug as rollup, route, '' as definition
    from events.exposed_case
    where (drug in (select rollup from codes.drug_rollup) and route not in ('not_intravenous', 'unknown'))
    union all
    select source, case_id, drug || ' ' || reaction, route, definition
    from events.reported
    where reaction in (select rollup from codes.reaction_rollup)
    union all
    select source, case_id, drug, route, '' from events.exposed_case where drug = 'magnesium' and route = 'any'
)

select
    source, case_id, rollup, route, definition, member.rollup is not null as has_member,
    rolled.rollup is not null as has_rollup
from member
full join rolled using (source, case_id, rollup, route, definition)
where rolled.rollup is null or (member.rollup is null and rollup <> 'magnesium')
