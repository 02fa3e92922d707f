-- Each source of information of a current case that names a drug of the watch list.
-- grain  one row per case and source code
-- key    case_id, report_source_code
-- not    a way to find study reports in recent years: the field has become rare
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, report_source.report_source_code, report_source.line_count
from typed.faers_report_source as report_source
inner join watched on watched.period = report_source.period and watched.report_id = report_source.report_id
    and (watched.case_id = report_source.case_id or report_source.era = 'laers')
