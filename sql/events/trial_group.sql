-- The event groups of each trial with their planned arm, and whether they hold people whom another group holds too.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    to be summed where is_overlapping: totals hold their parts, later periods the same people

with event_group as (
    select
        posted.*,
        link.arm_number,
        coalesce(link.link_basis, 'unlinked') as link_basis,
        word.period_label,
        -- a title without a period lies between the first period and the later ones
        coalesce(word.period_rank, 3) as period_rank,
        coalesce(word.is_total, false) as is_titled_total,
        coalesce(
            nullif(greatest(posted.other_participants_at_risk, posted.serious_participants_at_risk), 0),
            nullif(at_risk.participants_at_risk, 0),
            posted.deaths_participants_at_risk
        ) as participants_at_risk
    from clean.trial_event_group as posted
    left join (select trial_id, group_id, max(participants_at_risk) as participants_at_risk from clean.trial_event group by all)
        as at_risk using (trial_id, group_id)
    left join events.trial_group_arm as link using (trial_id, group_number)
    left join events.trial_group_period as word using (trial_id, group_id)
    qualify row_number() over (partition by posted.trial_id, posted.group_id order by posted.group_number) = 1
),

described as (
    select
        *,
        -- two arms may add up to a third by chance, their people affected hardly ever do
        is_titled_total or (
            link_basis = 'unlinked'
            and count(*) over trial > 2
            and 2 * participants_at_risk = sum(participants_at_risk) over trial
            and 2 * serious_participants_affected = sum(serious_participants_affected) over trial
            and 2 * other_participants_affected = sum(other_participants_affected) over trial
            and serious_participants_affected + other_participants_affected > 0
        ) as is_total
    from event_group window trial as (partition by trial_id)
),

compared as (
    select
        *,
        bool_or(not is_total) over (partition by trial_id) as has_parts,
        min(period_rank) filter (where not is_total) over (partition by trial_id) as main_period_rank,
        min(period_rank) filter (where not is_total) over (partition by trial_id, arm_number) as arm_period_rank
    from described
)

select
    trial_id, group_id as arm_id, group_title as arm_title, group_description as arm_description, arm_number, link_basis,
    period_label, participants_at_risk, serious_participants_affected, other_participants_affected,
    case
        when is_total and has_parts then 'total of other groups'
        when is_total then null
        when link_basis = 'same title' and period_rank = arm_period_rank then null
        when period_label is not null and period_rank > main_period_rank then 'another period of the same people'
    end as overlap_reason,
    overlap_reason is not null as is_overlapping
from compared
