-- How many people of each event group had any serious, and any, adverse event, as bounds from the posted totals.
-- grain  one row per event group and outcome, of trials that state something of it in each group
-- key    trial_id, arm_id, reaction
-- not    a sum over terms where a total is posted; and any adverse event is no total: the registry posts serious and
--        other events apart, and other events above a threshold only

with posted_group as (
    select trial_id, arm_id, serious_participants_at_risk
    from clean.trial_event_group
    qualify row_number() over (partition by trial_id, arm_id order by group_number) = 1
),

posted_row as (
    select
        trial_id,
        arm_id,
        max(participants_affected) filter (where is_serious) as serious_largest,
        max(participants_affected) filter (where not is_serious) as other_largest,
        sum(coalesce(participants_affected, participants_at_risk, 1000000000)) filter (where is_serious)
            as serious_sum,
        sum(coalesce(participants_affected, participants_at_risk, 1000000000)) filter (where not is_serious)
            as other_sum,
        max(participants_at_risk) as at_risk
    from clean.trial_event
    group by trial_id, arm_id
),

stated as (
    select
        groups.trial_id,
        groups.arm_id,
        groups.is_overlapping,
        greatest(groups.participants_at_risk, posted_row.at_risk) as at_risk,
        coalesce(nullif(posted_group.serious_participants_at_risk, 0), groups.participants_at_risk) as serious_at_risk,
        groups.serious_participants_affected as serious_total,
        groups.other_participants_affected as other_total,
        coalesce(posted_row.serious_largest, 0) as serious_largest,
        coalesce(posted_row.other_largest, 0) as other_largest,
        coalesce(posted_row.serious_sum, 0) as serious_sum,
        coalesce(posted_row.other_sum, 0) as other_sum,
        groups.serious_participants_affected is not null or trial.has_serious_list as has_serious,
        groups.other_participants_affected is not null or trial.has_other_list as has_other,
        coalesce(trial.frequency_threshold_percent = 0, false) as has_every_event
    from intermediate.trial_group as groups
    inner join clean.trial as trial using (trial_id)
    inner join posted_group using (trial_id, arm_id)
    left join posted_row using (trial_id, arm_id)
    where groups.participants_at_risk > 0
),

-- the posted total is exact; without it a person may be in several rows of the list
serious as (
    select
        *,
        least(coalesce(serious_total, serious_largest), serious_at_risk) as serious_lower,
        least(coalesce(serious_total, serious_sum), serious_at_risk) as serious_upper
    from stated
),

outcome as (
    select
        trial_id, arm_id, is_overlapping,
        'serious_adverse_event' as reaction,
        has_serious as is_known,
        serious_lower as affected_lower,
        serious_upper as affected_upper,
        serious_at_risk as at_risk,
        false as is_below_threshold
    from serious
    union all
    select
        trial_id, arm_id, is_overlapping,
        'any_adverse_event',
        has_serious or has_other,
        least(greatest(serious_lower, coalesce(other_total, 0), serious_largest, other_largest), at_risk),
        -- below a threshold each of many terms may hide people, so that anybody may have had something
        case
            when has_serious and has_other and has_every_event
                then least(serious_upper + coalesce(other_total, other_sum), at_risk)
            else at_risk
        end,
        at_risk,
        not(has_serious and has_other and has_every_event)
    from serious
)

select
    trial_id,
    arm_id,
    reaction,
    affected_lower::bigint as participants_affected_lower,
    -- rows may show more people than their own total
    greatest(affected_upper, affected_lower)::bigint as participants_affected_upper,
    at_risk::bigint as participants_at_risk,
    is_below_threshold
from outcome
-- an arm whose trial says nothing of another arm compares nothing
qualify is_known and bool_and(is_known or is_overlapping) over (partition by trial_id, reaction)
