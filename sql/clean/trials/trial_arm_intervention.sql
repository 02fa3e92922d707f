-- What each planned arm is registered to receive.
-- grain  one row per trial, arm and intervention name
-- key    trial_id, arm_number, intervention_name
-- not    coded: events.observed_arm holds the drug and its route

select
    trial.trial_id,
    registered.arm_number,
    registered.intervention_name
from clean.trial as trial
inner join typed.clinicaltrials_arm_intervention as registered
    using (delivery_id, member, record_number)
