-- Of which wholes each event group is a part: the groups of one drug, of one control, all that are treated, the trial.
-- grain  one row per event group and whole
-- key    trial_id, arm_id, scope
-- not    every group: a total by its title and the same people at a later time are no parts

with posted as (
    select each.trial_id, each.arm_id, each.participants_at_risk
    from intermediate.trial_group_posted as each
    left join (select *, true as is_later from intermediate.trial_group_later) as later using (trial_id, arm_id)
    left join intermediate.trial_group_period as word
        on word.trial_id = each.trial_id and word.arm_id = each.arm_id
    where
        word.is_total is distinct from true
        -- a title without a period ranks between the first period and the later ones
        and coalesce(word.period_rank, 3) <= 3
        and later.is_later is null
),

scope as (
    select trial_id, arm_id, drug as scope from intermediate.trial_group_drug
    union all
    select distinct trial_id, arm_id, 'treated' from intermediate.trial_group_drug
    union all
    select distinct given.trial_id, given.arm_id, given.role
    from intermediate.trial_group_control as given
    left join intermediate.trial_group_drug as drug using (trial_id, arm_id)
    where given.is_titled and drug.drug is null
    union all
    select trial_id, arm_id, 'trial' from intermediate.trial_group_posted
)

select scope.trial_id, scope.arm_id, scope.scope, posted.participants_at_risk
from scope
inner join posted using (trial_id, arm_id)
