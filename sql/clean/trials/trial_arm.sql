-- The planned arms of each trial, from its current record.
-- grain  one row per trial and arm
-- key    trial_id, arm_number
-- not    the people counted: see clean.trial_event_group

select
    trial.trial_id,
    registered.arm_number,
    registered.arm_label,
    registered.arm_type,
    registered.arm_description
from clean.trial as trial
inner join typed.clinicaltrials_arm as registered
    using (delivery_id, member, record_number)
