-- The adverse events each trial posted, by list, term and event group, as posted.
-- grain  one row per trial, list, term row and event group
-- key    trial_id, is_serious, term_number, stat_number
-- not    complete: a term missing from the other list may be below the reporting threshold

select
    trial.trial_id,
    posted.is_serious,
    posted.term_number,
    posted.stat_number,
    posted.arm_id,
    posted.term_text,
    posted.organ_system,
    posted.vocabulary,
    posted.assessment_type,
    posted.term_notes,
    posted.event_count,
    posted.participants_affected,
    posted.participants_at_risk
from clean.trial as trial
inner join typed.clinicaltrials_event as posted
    using (delivery_id, member, record_number)
