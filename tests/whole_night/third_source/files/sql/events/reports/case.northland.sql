-- The cases of the Northland register: a report is a case.
-- grain  one row per case
-- key    source, case_id
-- not    a person, and no proof that a drug caused anything
select
    'northland' as source, report_number as case_id, report_number as report_id,
    received_date as first_received_date, received_date,
    coalesce(year(received_date) || 'Q' || quarter(received_date), 'not stated') as first_received_quarter,
    'not stated' as age_band, false as is_serious, false as is_fatal
from clean.northland_report
