-- Posted adverse events of a group that the trial does not list.
-- grain  one row per offending trial and group; none is right
-- key    trial_id, arm_id
-- not    a group without events: that is a finding
-- why    an event of a group nobody lists would be lost in the join, and its people with it

select distinct event.trial_id, event.arm_id
from clean.trial_event as event
left join clean.trial_event_group as posted using (trial_id, arm_id)
where posted.trial_id is null
