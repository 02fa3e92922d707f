-- The reports of the Northland register, each as last received.
-- grain  one row per report
-- key    report_number
-- not    a person: one person may be reported twice
select report_number, received_date, drug, route, preferred_term
from typed.northland_report
qualify row_number() over (partition by report_number order by received_at desc, record_number desc) = 1
