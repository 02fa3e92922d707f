-- Each case number a delivery lists as deleted.
-- grain  one row per period and case number (line_count says how often it is listed)
-- key    period, case_id
-- not    the effect of the deletion, which depends on the versions of every delivery
select period, number_text(caseid) as case_id, count(*) as line_count
from raw.faers_deleted
group by period, number_text(caseid)
