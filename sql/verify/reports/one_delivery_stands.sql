-- Periods of FAERS of which not exactly one delivery stands.
-- grain  one row per source and period that breaks the rule: empty when one receipt stands for each period
-- key    source, period
-- not    a complaint about re-issues: they are kept, and do not stand
-- why    two standing deliveries of one quarter count its reports twice, none loses them
select source, period, count(*) filter (where is_current) as current_delivery_count, count(*) as delivery_count
from meta.delivery
where source = 'faers'
group by source, period
having count(*) filter (where is_current) <> 1
