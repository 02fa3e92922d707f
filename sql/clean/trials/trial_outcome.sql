-- The outcomes each trial set out to measure.
-- grain  one row per trial, kind of outcome and its place in the list
-- key    trial_id, outcome_kind, outcome_number
-- not    results: what was sought may never have been reported

select
    trial.trial_id,
    registered.outcome_kind,
    registered.outcome_number,
    registered.outcome_measure,
    registered.outcome_description,
    registered.outcome_time_frame
from clean.trial as trial
inner join typed.clinicaltrials_outcome as registered
    using (delivery_id, member, record_number)
