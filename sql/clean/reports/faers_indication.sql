-- What a drug was given for, for current cases that name a drug of the watch list.
-- grain  one row per indication line
-- key    case_id, line_number, drug_sequence
-- not    a reaction, even when it names one
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, indication.line_number, indication.drug_sequence, indication.preferred_term
from typed.faers_indication as indication
inner join watched on watched.period = indication.period and watched.report_id = indication.report_id
    and (watched.case_id = indication.case_id or indication.era = 'laers')
