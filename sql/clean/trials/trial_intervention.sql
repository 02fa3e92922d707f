-- The interventions of each trial in the registry's own words.
-- grain  one row per trial and intervention
-- key    trial_id, intervention_number
-- not    a list of drugs: procedures, devices and talking therapies are in it

select
    trial.trial_id,
    registered.intervention_number,
    registered.intervention_type,
    registered.intervention_name,
    registered.intervention_description,
    registered.other_names_text
from clean.trial as trial
inner join typed.clinicaltrials_intervention as registered
    using (delivery_id, member, record_number)
