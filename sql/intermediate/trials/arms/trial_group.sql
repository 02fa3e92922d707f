-- The event groups of each trial with their planned arm, and whether another group counts the same people.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    to be summed where is_overlapping: totals hold their parts, later periods the same people

select
    posted.trial_id,
    posted.arm_id,
    posted.arm_title,
    posted.arm_description,
    posted.arm_number,
    posted.link_basis,
    word.period_label,
    posted.participants_at_risk,
    posted.serious_participants_affected,
    posted.other_participants_affected,
    case
        when total.arm_id is not null then 'total of other groups'
        when later.arm_id is not null or earlier.arm_id is not null then 'another period of the same people'
    end as overlap_reason,
    overlap_reason is not null as is_overlapping
from intermediate.trial_group_posted as posted
left join intermediate.trial_group_period as word
    on posted.trial_id = word.trial_id and posted.arm_id = word.arm_id
left join intermediate.trial_group_total as total
    on posted.trial_id = total.trial_id and posted.arm_id = total.arm_id
left join intermediate.trial_group_later as later
    on posted.trial_id = later.trial_id and posted.arm_id = later.arm_id
left join intermediate.trial_group_earlier as earlier
    on posted.trial_id = earlier.trial_id and posted.arm_id = earlier.arm_id
