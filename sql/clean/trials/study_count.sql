-- What each study of an extraction sheet reports of one outcome in one arm.
-- grain  one row per study, stratum, arm and outcome
-- key    trial_id, arm_id, outcome_text
-- not    complete: an outcome without a row was not extracted; participants_affected is null where it is not reported

select
    study.trial_id,
    recorded.arm_title as arm_id,
    recorded.outcome_text,
    recorded.reaction,
    recorded.participants_affected,
    recorded.participants_analysed,
    recorded.ascertainment,
    recorded.source_text,
    recorded.record_number
from clean.study as study
inner join typed.studies_row as recorded using (delivery_id, study_id, stratum)
