-- Each source of information a report lists (literature, study, health professional, ...).
-- grain  one row per report and source code (line_count says how often it is listed)
-- key    period, report_id, case_id, report_source_code
-- not    a way to find study reports in recent years: the field has become rare
select
    period, era, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    upper(text_of(rpsr_cod)) as report_source_code, count(*) as line_count
from raw.faers_rpsr
group by all
