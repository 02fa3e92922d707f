-- Which arms of extraction sheets are behind each published cell of trials, on the drug's side and the comparator's.
-- grain  one row per drug, route, population, comparator, side and arm
-- key    drug, route, comparator, side, trial_id, arm_id
-- not    a comparison: a control that two arms share is in the cell once

with against as (
    select treated.drug, kind.trial_id, kind.arm_id, kind.comparator, kind.comparator_arm_id
    from (select distinct drug, trial_id, arm_id from intermediate.study_drug_arm) as treated
    inner join intermediate.study_contrast_kind as kind using (trial_id, arm_id)
    -- within a roll-up of drugs, an arm of another of them is no comparator
    anti join intermediate.study_drug_arm as same
        on treated.drug = same.drug and kind.trial_id = same.trial_id and kind.comparator_arm_id = same.arm_id
),

compared as (
    select
        treated.drug,
        treated.route,
        treated.trial_id,
        treated.arm_id,
        against.comparator,
        against.comparator_arm_id
    from intermediate.study_drug_arm as treated
    left join against using (drug, trial_id, arm_id)
),

sided as (
    select drug, route, trial_id, coalesce(comparator, 'none') as comparator, 'drug' as side, arm_id
    from compared
    union
    select drug, route, trial_id, comparator, 'comparator' as side, comparator_arm_id
    from compared
    where comparator is not null
)

select sided.drug, sided.route, study.population, sided.comparator, sided.side, sided.trial_id, sided.arm_id
from sided
inner join clean.study as study using (trial_id)
