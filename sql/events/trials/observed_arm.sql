-- Each event group as an arm: which watched drug by which route, in what role, for whom, and how each was known.
-- grain  one row per event group, watched drug and route; one row with a null drug where none was given
-- key    trial_id, arm_id, drug, route
-- not    different people: an arm with two routes has two rows, an overlapping group repeats others

with review as (
    select groups.trial_id, groups.arm_id, code.drug, code.route, code.role, true as is_reviewed
    from codes.trial_arm_review as code
    inner join clean.trial_number as number on code.trial_id = number.registry_number
    inner join intermediate.trial_group as groups
        on number.trial_id = groups.trial_id and lower(code.group_title) = lower(groups.arm_title)
    -- a reading of the present number replaces that of a previous one
    qualify rank() over (
            partition by groups.trial_id, groups.arm_id order by code.trial_id = groups.trial_id desc, code.trial_id
        ) = 1
),

-- a person's reading of an arm replaces what the words suggested
settled as (
    select
        role.trial_id,
        role.arm_id,
        case when review.is_reviewed then review.drug else received.drug end as drug,
        case when review.is_reviewed is null then received.drug_subclass end as drug_subclass,
        case
            when review.is_reviewed then 'reviewed'
            when received.drug is null and role.role = 'unknown' then 'unknown'
            else coalesce(received.drug_basis, 'stated')
        end as drug_basis,
        case when review.is_reviewed then review.route else given.route end as named_route,
        case when review.is_reviewed then 'reviewed' else given.route_basis end as named_route_basis,
        coalesce(review.role, role.role) as role,
        case when review.role is not null then 'reviewed' else role.role_basis end as role_basis
    from intermediate.trial_group_role as role
    left join review using (trial_id, arm_id)
    left join intermediate.trial_group_drug as received
        on review.is_reviewed is null and received.trial_id = role.trial_id and received.arm_id = role.arm_id
    left join intermediate.trial_group_route as given
        on given.trial_id = role.trial_id and given.arm_id = role.arm_id and given.drug = received.drug
)

select
    settled.trial_id,
    settled.arm_id,
    groups.arm_title,
    settled.drug,
    settled.drug_subclass,
    settled.drug_basis,
    case when settled.drug is not null then coalesce(settled.named_route, 'unknown') end as route,
    case when settled.drug is not null then coalesce(settled.named_route_basis, 'unknown') end as route_basis,
    count(*) over (partition by settled.trial_id, settled.arm_id, settled.drug) as route_count,
    dose.dose_text,
    settled.role,
    settled.role_basis,
    population.population,
    population.population_basis,
    groups.participants_at_risk,
    trial.is_crossover,
    groups.is_overlapping,
    groups.overlap_reason
from settled
inner join intermediate.trial_group as groups using (trial_id, arm_id)
inner join clean.trial as trial using (trial_id)
inner join intermediate.trial_population as population using (trial_id)
left join intermediate.trial_group_dose as dose using (trial_id, arm_id, drug)
