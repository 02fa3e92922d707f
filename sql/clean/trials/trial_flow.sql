-- The flow of participants each trial posted: who started, completed and left, by period, and the reasons, as posted.
-- grain  one row per trial, period, milestone or reason, and group of the flow
-- key    trial_id, period_number, entry_kind, entry_number, count_number
-- not    event groups: intermediate.trial_flow_group matches them where their titles agree

select
    trial.trial_id,
    posted.period_number,
    posted.entry_kind,
    posted.entry_number,
    posted.count_number,
    posted.period_title,
    posted.entry_text,
    posted.group_id,
    posted.group_title,
    posted.participant_count
from clean.trial as trial
inner join typed.clinicaltrials_flow as posted
    using (delivery_id, member, record_number)
