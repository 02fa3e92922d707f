-- The numbers each trial posted for its outcome measures, as posted.
-- grain  one row per trial and posted measurement
-- key    trial_id, outcome_number, class_number, category_number, measurement_number
-- not    to be averaged: means, medians and counts of people are side by side

select
    trial.trial_id,
    posted.outcome_number,
    posted.class_number,
    posted.category_number,
    posted.measurement_number,
    posted.class_title,
    posted.category_title,
    posted.group_id,
    posted.group_title,
    posted.group_description,
    posted.value_text,
    posted.spread_text,
    posted.lower_limit_text,
    posted.upper_limit_text,
    posted.value_comment,
    posted.analysed_unit_text,
    posted.analysed_count
from clean.trial as trial
inner join typed.clinicaltrials_outcome_result as posted
    using (delivery_id, member, record_number)
