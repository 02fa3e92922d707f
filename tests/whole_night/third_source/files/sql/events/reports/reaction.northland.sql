-- The one reaction of each case of the Northland register.
-- grain  one row per case
-- key    source, case_id, preferred_term
-- not    a link to a drug
select 'northland' as source, report_number as case_id, preferred_term
from clean.northland_report
