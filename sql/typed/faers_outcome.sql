-- Each outcome a report lists.
-- grain  one row per report and outcome code (line_count says how often it is listed)
-- key    period, report_id, case_id, outcome_code
-- not    the outcome of one reaction: outcomes belong to the whole case
select
    period, era, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    upper(text_of(outc_cod)) as outcome_code, count(*) as line_count
from raw.faers_outc
group by all
