-- Comparator arms of another kind of control than their cell, or of the drug that they are compared with.
-- grain  one row per offending cell and arm; none is right
-- key    drug, route, comparator, trial_id, arm_id
-- not    a crossover, whose arms differ although their people do not
-- why    placebo, active placebo, active and no treatment are different questions, and no drug is its own control

select distinct
    cell.drug,
    cell.route,
    cell.comparator,
    cell.trial_id,
    cell.arm_id,
    arm.role
from events.observed_cell as cell
inner join events.observed_arm as arm using (trial_id, arm_id)
left join intermediate.observed_comparator as other
    on other.trial_id = cell.trial_id and other.arm_id = cell.arm_id and other.drug = cell.drug
left join intermediate.observed_drug_arm as own
    on own.trial_id = cell.trial_id and own.arm_id = cell.arm_id and own.drug = cell.drug
where
    cell.register = 'clinicaltrials'
    and ((cell.side = 'comparator' and (
        other.comparator is distinct from cell.comparator
        -- only an active arm may hold a shared background
        or (arm.role <> cell.comparator and arm.role <> 'active')
        or own.arm_id is not null
    ))
    or (cell.side = 'drug' and own.arm_id is null))
