-- Which reactions a union or a composite of trials takes: the roll-ups of reactions, and the composites of trials alone.
-- grain  one row per reaction and union or composite
-- key    reaction, rollup
-- not    what reports are counted by: codes.reaction_rollup

select reaction, rollup
from codes.reaction_rollup
union all
select reaction, outcome
from codes.trial_outcome_part
