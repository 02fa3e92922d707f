-- When a drug was taken, for current cases that name a drug of the watch list.
-- grain  one row per therapy line
-- key    case_id, line_number, drug_sequence
-- not    complete: few lines give both dates or a duration
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, therapy.line_number, therapy.drug_sequence, therapy.start_date_text, therapy.start_date_precision,
    therapy.start_earliest_date, therapy.start_latest_date, therapy.end_date_text, therapy.end_date_precision,
    therapy.end_earliest_date, therapy.end_latest_date, therapy.duration_text, therapy.duration_unit_code
from typed.faers_therapy as therapy
inner join watched on watched.period = therapy.period and watched.report_id = therapy.report_id
    and (watched.case_id = therapy.case_id or therapy.era = 'laers')
