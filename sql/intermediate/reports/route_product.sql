-- Whether a product of each drug exists by each route that cases name: memantine into a vein is an error of the report
-- or of its coding, or a preparation that nobody sells.
-- grain  one row per drug and route with a case, the roll-ups of drug and route included
-- key    drug, route
-- not    proof that the drug was not given so: pharmacies make preparations that are no product
with member as (
    select distinct drug as called, if(starts_with(drug, 'magnesium_'), 'magnesium', drug) as drug
    from events.exposed_case
    where drug not in (select rollup from codes.drug_rollup)
    union
    select rollup, drug from codes.drug_rollup
)

select
    exposed.drug, exposed.route,
    case
        when bool_or(listed.has_product = 'yes') then 'yes'
        when
            exposed.route not in ('any', 'not_intravenous') and bool_and(coalesce(listed.has_product = 'no', false))
            then 'no'
        else 'unknown'
    end as route_has_product
from (select distinct drug, route from events.exposed_case) as exposed
inner join member on member.called = exposed.drug
-- a roll-up of routes has a product where any route in it has one
left join codes.route_product as listed
    on listed.drug = member.drug
        and (
            listed.route = exposed.route or exposed.route = 'any'
            or (exposed.route = 'not_intravenous' and listed.route <> 'intravenous')
        )
group by exposed.drug, exposed.route
