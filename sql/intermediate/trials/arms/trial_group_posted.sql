-- The event groups of each trial as posted, with the planned arm and the participants of each.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    different people: intermediate.trial_group marks groups whose people another group counts too

select
    posted.trial_id,
    posted.arm_id,
    posted.group_title as arm_title,
    posted.group_description as arm_description,
    link.arm_number,
    coalesce(link.link_basis, 'unlinked') as link_basis,
    coalesce(
        nullif(greatest(posted.other_participants_at_risk, posted.serious_participants_at_risk), 0),
        nullif(at_risk.participants_at_risk, 0),
        posted.deaths_participants_at_risk
    ) as participants_at_risk,
    posted.serious_participants_affected,
    posted.other_participants_affected
from clean.trial_event_group as posted
left join
    (select trial_id, arm_id, max(participants_at_risk) as participants_at_risk from clean.trial_event group by all)
        as at_risk
    using (trial_id, arm_id)
left join intermediate.trial_group_arm as link using (trial_id, group_number)
qualify row_number() over (partition by posted.trial_id, posted.arm_id order by posted.group_number) = 1
