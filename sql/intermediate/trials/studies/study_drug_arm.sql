-- The arms of extraction sheets given each watched drug or roll-up of drugs by each route or roll-up of routes.
-- grain  one row per drug, route and arm
-- key    drug, route, trial_id, arm_id
-- not    additive over drugs or routes. An arm whose route was not verified is in the row of any route only

with given as (
    select
        arm.trial_id,
        arm.arm_id,
        arm.drug,
        -- a subclass of magnesium rests on the route
        case
            when arm.drug <> 'magnesium' or not arm.is_verified then null
            when arm.route = 'oral' then 'magnesium_oral'
            when arm.route in (
                    'intravenous', 'intramuscular', 'subcutaneous', 'epidural', 'intrathecal', 'parenteral_unspecified'
                ) then 'magnesium_parenteral'
        end as drug_subclass,
        if(arm.is_verified, arm.route, null) as verified_route
    from clean.study_arm as arm
    where arm.drug is not null
),

drug_arm as (
    select trial_id, arm_id, drug, verified_route from given
    union
    select given.trial_id, given.arm_id, rollup.rollup, given.verified_route
    from given
    inner join codes.drug_rollup as rollup using (drug)
    union
    select trial_id, arm_id, drug_subclass, verified_route from given where drug_subclass is not null
)

select trial_id, arm_id, drug, verified_route as route from drug_arm where verified_route is not null
union all
select trial_id, arm_id, drug, 'any' from drug_arm
union all
select trial_id, arm_id, drug, 'not_intravenous' from drug_arm
where verified_route not in ('intravenous', 'parenteral_unspecified', 'unknown')
