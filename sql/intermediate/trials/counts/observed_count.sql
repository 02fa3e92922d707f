-- How many people of each event group had each reaction, as bounds, among the people at risk.
-- grain  one row per event group with people at risk, reaction (or trial-only outcome) and definition
-- key    trial_id, arm_id, reaction, definition
-- not    exact: a term absent under a reporting threshold is not a zero, and people may be counted in several rows

with part as (
    select
        single.trial_id,
        single.arm_id,
        whole.rollup as reaction,
        single.definition,
        max(single.participants_affected_lower) as affected_lower,
        sum(single.hidden_upper)::bigint as hidden_upper,
        max(single.participants_at_risk) as at_risk,
        bool_or(single.is_below_threshold) as is_below_threshold
    from intermediate.observed_single as single
    inner join codes.trial_rollup as whole using (reaction)
    group by single.trial_id, single.arm_id, whole.rollup, single.definition
)

-- beside its posted rows a union or composite holds up to all whom the threshold may hide in its parts together
select
    own.trial_id,
    own.arm_id,
    own.reaction,
    own.definition,
    greatest(own.participants_affected_lower, part.affected_lower) as participants_affected_lower,
    case
        when part.at_risk is null then own.participants_affected_upper
        else least(
                own.participants_affected_upper - own.hidden_upper + part.hidden_upper,
                greatest(own.participants_at_risk, part.at_risk)
            )
    end as participants_affected_upper,
    greatest(own.participants_at_risk, part.at_risk) as participants_at_risk,
    own.is_below_threshold or coalesce(part.is_below_threshold, false) as is_below_threshold,
    own.terms_text
from intermediate.observed_single as own
left join part using (trial_id, arm_id, reaction, definition)
union all
select
    trial_id,
    arm_id,
    reaction,
    'narrow' as definition,
    participants_affected_lower,
    participants_affected_upper,
    participants_at_risk,
    is_below_threshold,
    null as terms_text
from intermediate.observed_total
union all
select
    trial_id,
    arm_id,
    'withdrawal_for_adverse_event',
    'narrow',
    participants_affected_lower,
    participants_affected_upper,
    participants_at_risk,
    false,
    reasons_text
from intermediate.trial_withdrawal
