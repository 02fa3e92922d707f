-- Arms whose broad bounds lie below the narrow ones.
-- grain  one row per offending arm and reaction; none is right
-- key    trial_id, arm_id, reaction
-- not    a comparison of two reactions: the terms of the narrow definition are all in the broad one. Outcomes of
--        trials alone have one definition
-- why    whoever had a reaction as narrowly defined had it as broadly defined, so no broad bound is below its narrow
--        one

select narrow.trial_id, narrow.arm_id, narrow.reaction
from intermediate.observed_count as narrow
left join intermediate.observed_count as broad
    on
        broad.trial_id = narrow.trial_id
        and broad.arm_id = narrow.arm_id
        and broad.reaction = narrow.reaction
        and broad.definition = 'broad'
where
    narrow.definition = 'narrow'
    and narrow.reaction not in (select reaction from codes.trial_outcome)
    and (
        broad.trial_id is null
        or broad.participants_affected_lower < narrow.participants_affected_lower
        or broad.participants_affected_upper < narrow.participants_affected_upper
        or broad.participants_at_risk < narrow.participants_at_risk
    )
