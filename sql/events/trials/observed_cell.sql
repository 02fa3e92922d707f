-- Which arms are behind each published cell of trials: the arms of the drug, and the comparators of the same trials.
-- grain  one row per drug, route, population, comparator, side and arm of a register
-- key    drug, route, comparator, side, register, trial_id, arm_id
-- not    overlapping groups: they are set aside before anything is summed

with compared as (
    select
        treated.drug,
        treated.route,
        treated.population,
        treated.trial_id,
        treated.arm_id,
        coalesce(against.comparator, 'none') as comparator
    from intermediate.observed_drug_arm as treated
    left join
        (select distinct drug, trial_id, comparator from intermediate.observed_comparator) as against
        using (drug, trial_id)
)

select drug, route, population, comparator, 'drug' as side, trial_id, arm_id, 'clinicaltrials' as register
from compared
union all
select distinct
    compared.drug,
    compared.route,
    compared.population,
    compared.comparator,
    'comparator' as side,
    control.trial_id,
    control.arm_id,
    'clinicaltrials' as register
from compared
inner join intermediate.observed_comparator as control using (drug, trial_id, comparator)
