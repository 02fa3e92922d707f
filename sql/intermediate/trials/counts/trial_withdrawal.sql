-- How many people of each event group withdrew for an adverse event, as bounds, among those who started.
-- grain  one row per event group of a trial all of whose groups are found in its flow of participants
-- key    trial_id, arm_id
-- not    a count of adverse events, and no zero where the flow is not posted or its groups cannot be matched: such a
--        trial has no row

with reason as (
    select
        posted.entry_text,
        bool_or(code.kind = 'adverse_event') and not bool_or(code.kind = 'not') as is_adverse,
        bool_or(code.kind = 'joint') as is_joint
    from (select distinct entry_text from clean.trial_flow where entry_kind = 'reason') as posted
    inner join codes.withdrawal_reason as code on contains(words_of(posted.entry_text), ' ' || code.name || ' ')
    group by posted.entry_text
),

-- a reason that names an adverse event beside another bounds both ends
by_period as (
    select
        flow.trial_id,
        flow.group_id,
        flow.period_number,
        max(flow.participant_count) filter (where upper(flow.entry_text) = 'STARTED') as started,
        max(flow.participant_count) filter (where upper(flow.entry_text) = 'COMPLETED') as completed,
        max(flow.participant_count) filter (where upper(flow.entry_text) = 'NOT COMPLETED') as not_completed,
        coalesce(sum(flow.participant_count) filter (where flow.entry_kind = 'reason'), 0) as explained,
        coalesce(sum(flow.participant_count) filter (where reason.is_adverse and not reason.is_joint), 0) as adverse,
        coalesce(sum(flow.participant_count) filter (where reason.is_adverse), 0) as possibly_adverse,
        string_agg(distinct flow.entry_text, '; ' order by flow.entry_text)
        filter (where reason.is_adverse and flow.participant_count > 0) as reasons_text
    from clean.trial_flow as flow
    left join reason on flow.entry_kind = 'reason' and flow.entry_text = reason.entry_text
    where flow.group_id is not null
    group by flow.trial_id, flow.group_id, flow.period_number
),

-- those who left and are in no posted reason may have left for any
withdrawn as (
    select
        *,
        possibly_adverse
        + greatest(coalesce(not_completed, started - completed, started, 0) - explained, 0) as adverse_upper
    from by_period
),

-- the first period in which a group started is that of its treatment; later ones may be another
by_group as (
    select
        trial_id,
        group_id,
        arg_min(started, period_number) filter (where started > 0) as started,
        arg_min(adverse, period_number) filter (where started > 0) as adverse_lower,
        sum(adverse_upper) as adverse_upper,
        string_agg(reasons_text, '; ' order by period_number) as reasons_text
    from withdrawn
    group by trial_id, group_id
),

known as (
    select
        groups.trial_id,
        groups.arm_id,
        flow.started as participants_at_risk,
        flow.adverse_lower,
        flow.adverse_upper,
        flow.reasons_text
    from intermediate.trial_group as groups
    left join intermediate.trial_flow_group as matched using (trial_id, arm_id)
    left join by_group as flow on matched.trial_id = flow.trial_id and matched.group_id = flow.group_id
    where not groups.is_overlapping and groups.participants_at_risk > 0
    -- an arm without the arm beside it compares nothing, and an arm of half its people neither
    qualify bool_and(coalesce(flow.started > 0, false)) over (partition by groups.trial_id)
)

select
    trial_id,
    arm_id,
    least(adverse_lower, participants_at_risk)::bigint as participants_affected_lower,
    least(greatest(adverse_upper, adverse_lower), participants_at_risk)::bigint as participants_affected_upper,
    participants_at_risk::bigint as participants_at_risk,
    reasons_text
from known
