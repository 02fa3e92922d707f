-- The planned arm of each event group, where the words of their titles agree.
-- grain  one row per event group that could be linked
-- key    trial_id, group_number
-- not    every group: an ambiguous or unknown title stays unlinked, and is read by itself

with arm as (
    select
        trial_id,
        arm_number,
        words_of(arm_label) as words,
        count(*) over (partition by trial_id) as arm_count
    from clean.trial_arm
),

event_group as (
    select
        trial_id,
        group_number,
        words_of(group_title) as words,
        count(*) over (partition by trial_id) as group_count
    from clean.trial_event_group
),

candidate as (
    select
        event_group.trial_id,
        event_group.group_number,
        arm.arm_number,
        case
            when event_group.words = arm.words then 1
            when contains(event_group.words, arm.words) and len(arm.words) > 3 then 2
            when contains(arm.words, event_group.words) and len(event_group.words) > 3 then 3
            when arm.arm_count = 1 and event_group.group_count = 1 then 4
        end as link_rank,
        -- of several labels inside a title the longest is the most specific
        case when contains(event_group.words, arm.words) then -len(arm.words) else 0 end as length_rank
    from event_group
    inner join arm using (trial_id)
),

ranked as (
    select
        *,
        rank() over (partition by trial_id, group_number order by link_rank, length_rank) as place,
        count(*) over (partition by trial_id, group_number, link_rank, length_rank) as tie_count
    from candidate
    where link_rank is not null
)

select
    trial_id,
    group_number,
    arm_number,
    case link_rank
        when 1 then 'same title' when 2 then 'label in title' when 3 then 'title in label' else 'only arm'
    end as link_basis
from ranked
where place = 1 and tie_count = 1
