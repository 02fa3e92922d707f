-- The event group of the participants of a group of the flow, where the words of their titles agree.
-- grain  one row per trial and group of the flow that could be matched
-- key    trial_id, group_id
-- not    every group: a title that fits two event groups, or two titles that fit one, leave it open who withdrew

with flow_group as (
    select distinct trial_id, group_id, words_of(group_title) as words
    from clean.trial_flow
    where group_id is not null and group_title is not null
),

known as (
    select trial_id, arm_id, words_of(arm_title) as words, 1 as match_rank
    from intermediate.trial_group
    where not is_overlapping
    union
    select groups.trial_id, groups.arm_id, words_of(planned.arm_label), 2
    from intermediate.trial_group as groups
    inner join clean.trial_arm as planned using (trial_id, arm_number)
    where not groups.is_overlapping
),

matched as (
    select flow_group.trial_id, flow_group.group_id, known.arm_id, known.match_rank
    from flow_group
    inner join known using (trial_id, words)
    qualify known.match_rank = min(known.match_rank) over (partition by flow_group.trial_id, flow_group.group_id)
),

settled as (
    select
        trial_id,
        group_id,
        min(arm_id) as arm_id,
        if(min(match_rank) = 1, 'same title', 'label of the arm') as match_basis
    from matched
    group by trial_id, group_id
    having count(distinct arm_id) = 1
)

select trial_id, group_id, arm_id, match_basis
from settled
qualify count(*) over (partition by trial_id, arm_id) = 1
