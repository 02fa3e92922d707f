-- Roll-ups and composites of reactions whose bounds do not hold those of a part.
-- grain  one row per offending arm, roll-up, definition and part; none is right
-- key    trial_id, arm_id, reaction, definition, part
-- not    a sum: the same people may be in both parts
-- why    whoever had nausea had nausea or vomiting, so no bound of the union is below one of its parts

select
    whole.trial_id,
    whole.arm_id,
    whole.reaction,
    whole.definition,
    part.reaction as part
from intermediate.observed_count as whole
inner join codes.trial_rollup as rollup on rollup.rollup = whole.reaction
inner join intermediate.observed_count as part
    on
        part.trial_id = whole.trial_id
        and part.arm_id = whole.arm_id
        and part.definition = whole.definition
        and part.reaction = rollup.reaction
where
    whole.participants_affected_lower < part.participants_affected_lower
    or whole.participants_affected_upper < part.participants_affected_upper
