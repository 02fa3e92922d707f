-- The reports of the Northland register, each as last received.
-- grain  one row per report
-- key    report_number
-- not    part of events.case: this register is an example
select report_number, drug, route, reaction
from typed.northland_report
qualify row_number() over (partition by report_number order by received_at desc, record_number desc) = 1
