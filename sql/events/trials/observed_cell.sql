-- Which arms are behind each published cell of trials: the arms of the drug, and the comparators of the same trials.
-- grain  one row per drug, route, population, comparator, side and arm
-- key    drug, route, comparator, side, trial_id, arm_id
-- not    overlapping groups: they are set aside before anything is summed

with control as (
    select distinct treated.drug, other.trial_id, other.arm_id, other.role as comparator
    from events.observed_arm as other
    inner join (select distinct trial_id, drug from intermediate.observed_drug_arm) as treated using (trial_id)
    where
        other.role <> 'unknown'
        and not other.is_overlapping
        and other.participants_at_risk > 0
        and not exists (
            from intermediate.observed_drug_arm as same
            where same.trial_id = other.trial_id and same.arm_id = other.arm_id and same.drug = treated.drug
        )
),

compared as (
    select
        treated.drug,
        treated.route,
        treated.population,
        treated.trial_id,
        treated.arm_id,
        coalesce(against.comparator, 'none') as comparator
    from intermediate.observed_drug_arm as treated
    left join (select distinct drug, trial_id, comparator from control) as against using (drug, trial_id)
)

select drug, route, population, comparator, 'drug' as side, trial_id, arm_id
from compared
union all
select distinct
    compared.drug,
    compared.route,
    compared.population,
    compared.comparator,
    'comparator' as side,
    control.trial_id,
    control.arm_id
from compared
inner join control using (drug, trial_id, comparator)
