-- The event groups of each trial with their planned arm, and whether another group counts the same people.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    to be summed where is_overlapping: totals hold their parts, later periods the same people

with described as (
    select
        posted.*,
        word.period_label,
        -- a title without a period ranks between the first period and the later ones
        coalesce(word.period_rank, 3) as period_rank,
        coalesce(total.is_total, false) as is_total,
        coalesce(later.is_later, false) as is_later
    from intermediate.trial_group_posted as posted
    left join
        (select trial_id, arm_id, true as is_total from intermediate.trial_group_total) as total
        using (trial_id, arm_id)
    left join
        (select trial_id, arm_id, true as is_later from intermediate.trial_group_later) as later
        using (trial_id, arm_id)
    left join intermediate.trial_group_period as word
        on word.trial_id = posted.trial_id and word.arm_id = posted.arm_id
),

compared as (
    select
        *,
        min(period_rank) filter (where not is_total) over (partition by trial_id) as main_period_rank,
        min(period_rank) filter (where not is_total) over (partition by trial_id, arm_number) as arm_period_rank
    from described
)

select
    trial_id,
    arm_id,
    arm_title,
    arm_description,
    arm_number,
    link_basis,
    period_label,
    participants_at_risk,
    serious_participants_affected,
    other_participants_affected,
    case
        when is_total then 'total of other groups'
        when is_later then 'another period of the same people'
        when link_basis = 'same title' and period_rank = arm_period_rank then null
        when period_label is not null and period_rank > main_period_rank then 'another period of the same people'
    end as overlap_reason,
    overlap_reason is not null as is_overlapping
from compared
