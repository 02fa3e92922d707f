-- How many reports of the Northland register name a drug by a route and a reaction.
-- grain  one row per drug, route and reaction
-- key    drug, route, reaction
-- not    a rate: reports have no denominator
select drug, route, reaction, count(*) as report_count
from clean.northland_report
group by drug, route, reaction
