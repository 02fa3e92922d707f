-- Withdrawals for an adverse event that the posted flow of participants does not hold, or of others than those who started.
-- grain  one row per offending trial and event group; none is right
-- key    trial_id, arm_id
-- not    a recount of reasons: which words mean an adverse event is data (codes.withdrawal_reason)
-- why    withdrawals come from the flow of participants alone, and nobody withdraws twice

with left_early as (
    select
        flow.trial_id,
        matched.arm_id,
        sum(flow.participant_count) filter (where flow.entry_kind = 'reason') as explained,
        max(flow.participant_count) filter (where upper(flow.entry_text) = 'STARTED') as started
    from clean.trial_flow as flow
    inner join intermediate.trial_flow_group as matched using (trial_id, group_id)
    group by flow.trial_id, matched.arm_id
)

select counted.trial_id, counted.arm_id
from intermediate.trial_withdrawal as counted
left join left_early using (trial_id, arm_id)
where
    counted.participants_affected_lower > coalesce(left_early.explained, 0)
    or counted.participants_at_risk > coalesce(left_early.started, 0)
