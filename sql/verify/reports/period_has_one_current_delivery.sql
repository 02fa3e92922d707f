-- Periods of FAERS that have no current delivery, or several.
-- grain  one row per source and period that breaks the rule: empty when each period has one current receipt
-- key    source, period
-- not    a complaint about re-issues: they are kept, and are not current
-- why    two current deliveries of one quarter count its reports twice, none loses them
select source, period, count(*) filter (where is_current) as current_delivery_count, count(*) as delivery_count
from meta.delivery
where source = 'faers'
group by source, period
having count(*) filter (where is_current) <> 1
