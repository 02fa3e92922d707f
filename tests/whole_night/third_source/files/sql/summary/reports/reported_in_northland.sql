-- How many reports of the Northland register name a drug by a route and a preferred term.
-- grain  one row per drug, route and preferred term
-- key    drug, route, preferred_term
-- not    a rate: reports have no denominator
select drug, route, preferred_term, count(*) as report_count
from clean.northland_report
group by drug, route, preferred_term
