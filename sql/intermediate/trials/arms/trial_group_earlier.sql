-- Event groups of a later period whose people an earlier group of their trial holds.
-- grain  one row per such event group
-- key    trial_id, arm_id
-- not    every later period: the only group of its people is kept, such as an arm planned as maintenance

with described as (
    select
        posted.trial_id,
        posted.arm_id,
        posted.arm_number,
        posted.link_basis,
        posted.participants_at_risk,
        word.period_label,
        -- a title without a period ranks between the first period and the later ones
        coalesce(word.period_rank, 3) as period_rank,
        word.needs_same_treatment and not trial.is_crossover as needs_same_treatment,
        word.may_be_own_arm,
        word.may_precede,
        coalesce(word.is_apart, false) as is_apart,
        posted.participants_at_risk > 0 and total.arm_id is null and same.arm_id is null as is_counted,
        given.treatments,
        given.treatments_before
    from intermediate.trial_group_posted as posted
    inner join clean.trial as trial using (trial_id)
    inner join intermediate.trial_group_origin as given using (trial_id, arm_id)
    left join intermediate.trial_group_period as word
        on posted.trial_id = word.trial_id and posted.arm_id = word.arm_id
    left join intermediate.trial_group_total as total
        on posted.trial_id = total.trial_id and posted.arm_id = total.arm_id
    left join intermediate.trial_group_later as same
        on posted.trial_id = same.trial_id and posted.arm_id = same.arm_id
),

compared as (
    select
        *,
        -- the groups without a period and those of the first one hold everybody once
        greatest(min(period_rank) filter (where is_counted) over (partition by trial_id), 3) as first_period_rank,
        min(period_rank) filter (where is_counted) over (partition by trial_id, arm_number) as arm_period_rank
    from described
)

select
    later.trial_id,
    later.arm_id
from compared as later
inner join compared as earlier
    on
        later.trial_id = earlier.trial_id
        and later.period_rank > earlier.period_rank
        and earlier.is_counted
        and not earlier.is_apart
where
    later.period_label is not null
    and not later.is_apart
    and not (
        later.may_be_own_arm and later.link_basis = 'same title' and later.period_rank = later.arm_period_rank
    )
group by
    later.trial_id, later.arm_id, later.needs_same_treatment, later.treatments_before, later.may_precede,
    later.participants_at_risk
having
    -- what an earlier group was given may be unknown
    (
        not later.needs_same_treatment
        or later.treatments_before = []
        or bool_or(earlier.treatments = [] or list_has_any(earlier.treatments, later.treatments_before))
    )
    -- more people than all earlier groups together are not their people
    and (
        later.may_precede
        or coalesce(
            later.participants_at_risk
            <= sum(earlier.participants_at_risk) filter (where earlier.period_rank <= earlier.first_period_rank),
            true
        )
    )
