-- The outcome measures in each trial's posted results, with or without a number under them.
-- grain  one row per trial and outcome measure of its results
-- key    trial_id, outcome_number
-- not    the outcomes planned: numbers and words differ from clean.trial_outcome

select
    trial.trial_id,
    posted.outcome_number,
    posted.outcome_kind,
    posted.outcome_measure,
    posted.outcome_description,
    posted.outcome_time_frame,
    posted.parameter_type,
    posted.dispersion_type,
    posted.unit_text,
    posted.analysis_population_text,
    posted.reporting_status
from clean.trial as trial
inner join typed.clinicaltrials_outcome_posted as posted
    using (delivery_id, member, record_number)
