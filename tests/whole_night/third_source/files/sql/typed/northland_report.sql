-- One row per staged line of a delivery of the Northland register.
-- grain  one row per delivery and record
-- key    delivery_id, record_number
select
    report_number, lower(trim(drug)) as drug, lower(trim(route)) as route, lower(trim(reaction)) as reaction,
    record_number, delivery_id, received_at
from raw.northland_report
