-- The event group of the participants of a posted outcome, where the words of their titles agree.
-- grain  one row per trial, posted outcome and group that could be matched
-- key    trial_id, outcome_number, group_id
-- not    every group: a title that fits two event groups, or none, stays without drug and role

with outcome_group as (
    select distinct trial_id, outcome_number, group_id, words_of(group_title) as words
    from clean.trial_outcome_result
    where group_id is not null and group_title is not null
),

known as (
    select trial_id, arm_id, words_of(arm_title) as words, 1 as match_rank from intermediate.trial_group
    union
    select groups.trial_id, groups.arm_id, words_of(planned.arm_label), 2
    from intermediate.trial_group as groups
    inner join clean.trial_arm as planned using (trial_id, arm_number)
    where groups.overlap_reason is distinct from 'another period of the same people'
),

matched as (
    select outcome_group.trial_id, outcome_group.outcome_number, outcome_group.group_id, known.arm_id, known.match_rank
    from outcome_group
    inner join known using (trial_id, words)
    window matching as (partition by outcome_group.trial_id, outcome_group.outcome_number, outcome_group.group_id)
    qualify known.match_rank = min(known.match_rank) over matching
)

select
    trial_id,
    outcome_number,
    group_id,
    min(arm_id) as arm_id,
    if(min(match_rank) = 1, 'same title', 'label of the arm') as match_basis
from matched
group by trial_id, outcome_number, group_id
having count(distinct arm_id) = 1
