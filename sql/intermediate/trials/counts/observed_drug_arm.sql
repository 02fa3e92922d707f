-- The arms given each watched drug or roll-up of drugs by each route or roll-up of routes, without overlapping groups.
-- grain  one row per drug, route and arm
-- key    drug, route, trial_id, arm_id
-- not    additive over drugs or routes: an arm is in each row it belongs to

with apart as (
    select trial_id, arm_id, population, drug, drug_subclass, route
    from events.observed_arm
    where drug is not null and role = 'active' and not is_overlapping and participants_at_risk > 0
),

drug_arm as (
    select trial_id, arm_id, population, drug, route from apart
    union
    select apart.trial_id, apart.arm_id, apart.population, rollup.rollup, apart.route
    from apart
    inner join codes.drug_rollup as rollup using (drug)
    union
    select
        trial_id,
        arm_id,
        population,
        case
            when drug_subclass is not null then drug_subclass
            when route = 'oral' then 'magnesium_oral'
            when route in (
                    'intravenous', 'intramuscular', 'subcutaneous', 'epidural', 'intrathecal', 'parenteral_unspecified'
                ) then 'magnesium_parenteral'
        end,
        route
    from apart
    where drug = 'magnesium'
)

select trial_id, arm_id, population, drug, route
from drug_arm
where drug is not null
union all
select distinct trial_id, arm_id, population, drug, 'any'
from drug_arm
where drug is not null
union all
select trial_id, arm_id, any_value(population), drug, 'not_intravenous'
from drug_arm
where drug is not null
group by trial_id, arm_id, drug
-- a route named outside the vocabulary ("other": perineural, ...) is known not to be intravenous
having not bool_or(route in ('intravenous', 'parenteral_unspecified', 'unknown'))
