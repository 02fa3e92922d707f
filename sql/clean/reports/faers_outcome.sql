-- Each outcome of a current case that names a drug of the watch list.
-- grain  one row per case and outcome code
-- key    case_id, outcome_code
-- not    the outcome of one reaction: outcomes belong to the whole case
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, outcome.outcome_code, outcome.line_count
from typed.faers_outcome as outcome
inner join watched on watched.period = outcome.period and watched.report_id = outcome.report_id
    and (watched.case_id = outcome.case_id or outcome.era = 'laers')
