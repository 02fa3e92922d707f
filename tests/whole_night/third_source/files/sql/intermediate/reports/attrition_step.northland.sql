-- How many records of the Northland register leave after they were staged, and why.
-- grain  one row per step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
select
    counted.source, 6 as step_number, 'records' as step, 'a later record of the report stands' as reason,
    (sum(counted.record_count) - (select count(*) from clean.northland_report))::bigint as rows_left
from meta.delivery_table as counted
inner join meta.delivery as delivery
    on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
where delivery.source = 'northland' and delivery.is_current
group by counted.source
