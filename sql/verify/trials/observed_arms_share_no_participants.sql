-- Arms that would be summed although they hold people of other arms, or that posted nothing.
-- grain  one row per offending cell and arm; none is right
-- key    drug, route, comparator, side, trial_id, arm_id
-- not    a crossover: its people recur too, and the summary takes the largest arm instead of the sum
-- why    groups that hold the same people must not be summed, or one person counts twice

select
    cell.drug,
    cell.route,
    cell.comparator,
    cell.side,
    cell.trial_id,
    cell.arm_id
from events.observed_cell as cell
left join intermediate.trial_group as groups using (trial_id, arm_id)
left join clean.trial as trial using (trial_id)
where
    cell.register = 'clinicaltrials'
    and (groups.is_overlapping is not false or trial.has_adverse_events is not true)
