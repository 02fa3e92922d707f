-- One row per staged line of a delivery of the Northland register.
-- grain  one row per delivery and record
-- key    delivery_id, record_number
select
    report_number, try_strptime(received_date, '%Y-%m-%d')::date as received_date, lower(trim(drug)) as drug,
    lower(trim(route)) as route, trim(reaction) as preferred_term, record_number, delivery_id, received_at
from raw.northland_report
