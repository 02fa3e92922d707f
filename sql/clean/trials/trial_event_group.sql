-- The groups in whom each trial counted adverse events, with the people affected and at risk.
-- grain  one row per trial and event group
-- key    trial_id, group_number
-- not    always different people: intermediate.trial_group marks the groups that overlap others

select
    trial.trial_id,
    posted.group_number,
    posted.arm_id,
    posted.group_title,
    posted.group_description,
    posted.deaths_participants_affected,
    posted.deaths_participants_at_risk,
    posted.serious_participants_affected,
    posted.serious_participants_at_risk,
    posted.other_participants_affected,
    posted.other_participants_at_risk
from clean.trial as trial
inner join typed.clinicaltrials_event_group as posted
    using (delivery_id, member, record_number)
