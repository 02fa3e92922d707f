-- Bounds that are no bounds: below zero, crossed, or above the people at risk.
-- grain  one row per offending arm, reaction and definition; none is right
-- key    trial_id, arm_id, reaction, definition
-- not    empty when nobody was counted: an arm is here only with people at risk
-- why    the truth lies between the largest posted row and everybody at risk; bounds outside are wrong

select
    trial_id,
    arm_id,
    reaction,
    definition,
    participants_affected_lower,
    participants_affected_upper,
    participants_at_risk
from intermediate.observed_count
where
    participants_affected_lower is null
    or participants_affected_upper is null
    or not 0 <= participants_affected_lower
    or not participants_affected_lower <= participants_affected_upper
    or not participants_affected_upper <= participants_at_risk
