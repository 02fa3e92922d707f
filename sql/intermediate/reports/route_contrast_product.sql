-- What each side of a contrast of routes holds: drugs of the watch list by the route they were given, and whether a risk
-- programme stimulates reports of them.
-- grain  one row per source, contrasted drug, side, drug that a case of the side names, and its route
-- key    source, drug, side, member_drug, route
-- not    additive: a case may name two routes, or both members of a roll-up
with member as (
    select rollup as drug, drug as member_drug from codes.drug_rollup
    union
    select drug, drug from codes.ingredient where drug is not null and drug <> 'magnesium'
),

placed as (
    select exposed_case.source, exposed_case.case_id, exposed_case.drug, exposed_case.route as side
    from events.exposed_case as exposed_case
    where exposed_case.route in ('intravenous', 'not_intravenous')
)

select
    placed.source, placed.drug, placed.side, member.member_drug, named.route, count(*) as case_count,
    bool_or(programme.drug is not null) as is_in_risk_programme
from placed
inner join member on member.drug = placed.drug
inner join events.exposed_case as named
    on named.source = placed.source and named.case_id = placed.case_id and named.drug = member.member_drug
        and named.route not in ('any', 'not_intravenous', 'unknown')
        -- A case of the intravenous side may name another route as well, which is not why it is there.
        and (placed.side = 'not_intravenous' or named.route = 'intravenous')
left join codes.risk_programme as programme on programme.drug = named.drug and programme.route = named.route
group by placed.source, placed.drug, placed.side, member.member_drug, named.route
