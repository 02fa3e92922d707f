-- The arms of the studies of extraction sheets: what each received, and whether that was verified in a source.
-- grain  one row per study, stratum and arm
-- key    trial_id, arm_id
-- not    an adverse-event group of the registry: the arms of one study in both are never used together

select
    study.trial_id,
    recorded.arm_title as arm_id,
    any_value(recorded.drug) as drug,
    any_value(recorded.route) as route,
    any_value(recorded.dose_text) as dose_text,
    any_value(recorded.duration_text) as duration_text,
    any_value(recorded.participants_randomised) as participants_randomised,
    bool_and(recorded.is_verified) as is_verified
from clean.study as study
inner join typed.studies_row as recorded using (delivery_id, study_id, stratum)
group by study.trial_id, recorded.arm_title
