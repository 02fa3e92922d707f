-- Which arms of extraction sheets are behind each published cell of trials.
-- grain  one row per drug, route, population, comparator, side and arm
-- key    drug, route, comparator, side, register, trial_id, arm_id
-- not    people to be added to those of the registry: a study in both counts once (is_in_all of events.observed)

select drug, route, population, comparator, side, trial_id, arm_id, 'studies' as register
from intermediate.study_cell
