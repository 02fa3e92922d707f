-- When a drug of a report was taken.
-- grain  one row per therapy line
-- key    period, report_id, case_id, line_number
-- not    complete: few lines give both dates or a duration
with dated as (
    select *, date_digits(start_dt) as start_digits, date_digits(end_dt) as end_digits from raw.faers_ther
)

select
    period, era, line_number, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    number_text(dsg_drug_seq) as drug_sequence,
    text_of(start_dt) as start_date_text, date_precision(start_digits) as start_date_precision,
    earliest_day(start_digits) as start_earliest_date, latest_day(start_digits) as start_latest_date,
    text_of(end_dt) as end_date_text, date_precision(end_digits) as end_date_precision,
    earliest_day(end_digits) as end_earliest_date, latest_day(end_digits) as end_latest_date,
    text_of(dur) as duration_text, upper(text_of(dur_cod)) as duration_unit_code
from dated
