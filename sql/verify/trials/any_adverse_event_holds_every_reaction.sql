-- Arms in which more people had one adverse event than had any, or more a serious one than any.
-- grain  one row per offending arm and reaction; none is right
-- key    trial_id, arm_id, reaction
-- not    about upper bounds of single reactions: rows are summed for them, and a total of people is less than the sum
-- why    whoever had a reaction had an adverse event, and whoever had a serious one had one

select part.trial_id, part.arm_id, part.reaction
from intermediate.observed_count as part
inner join intermediate.observed_count as whole
    on part.trial_id = whole.trial_id and part.arm_id = whole.arm_id and whole.reaction = 'any_adverse_event'
where
    part.definition = 'narrow'
    and part.reaction <> 'withdrawal_for_adverse_event'
    and (
        part.participants_affected_lower > whole.participants_affected_lower
        or (
            part.reaction = 'serious_adverse_event'
            and part.participants_affected_upper > whole.participants_affected_upper
        )
    )
