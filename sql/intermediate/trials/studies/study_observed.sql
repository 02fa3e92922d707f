-- Participants with each reaction in the arms of extraction sheets, the union of two reactions where both are reported.
-- grain  one row per arm and reaction
-- key    trial_id, arm_id, reaction
-- not    a row where nothing is reported: not reported is no zero

with reported as (
    select trial_id, arm_id, reaction, participants_affected, participants_analysed, outcome_text
    from clean.study_count
    where reaction is not null and participants_affected is not null
    -- two titles of a review may mean one reaction: the larger count is of at least as many
    qualify row_number() over (
            partition by trial_id, arm_id, reaction order by participants_affected desc, outcome_text
        ) = 1
),

-- at least the larger part, at most both together
joined as (
    select
        part.trial_id,
        part.arm_id,
        joint.rollup as reaction,
        max(part.participants_affected) as affected_lower,
        least(sum(part.participants_affected), max(part.participants_analysed))::bigint as affected_upper,
        max(part.participants_analysed) as at_risk,
        string_agg(part.outcome_text, '; ' order by part.outcome_text) as terms_text
    from reported as part
    inner join codes.reaction_rollup as joint using (reaction)
    inner join
        (
            select listed.rollup, count(*) as part_count
            from codes.reaction_rollup as listed
            group by listed.rollup
        ) as whole
        using (rollup)
    anti join reported as own
        on part.trial_id = own.trial_id and part.arm_id = own.arm_id and joint.rollup = own.reaction
    group by part.trial_id, part.arm_id, joint.rollup
    having count(*) = any_value(whole.part_count)
)

select
    trial_id,
    arm_id,
    reaction,
    participants_affected as participants_affected_lower,
    participants_affected as participants_affected_upper,
    participants_analysed as participants_at_risk,
    outcome_text as terms_text,
    false as is_joined
from reported
union all
select trial_id, arm_id, reaction, affected_lower, affected_upper, at_risk, terms_text, true as is_joined
from joined
