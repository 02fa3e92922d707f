-- Deliveries that are current in the live snapshot or in this one, and not in both.
-- grain  one row per source, period and content that arrived or left
-- key    source, period, content_sha256
-- not    every receipt: bytes received again are no change; empty where there is no live snapshot
with content as (
    select true as is_now, source, period, coalesce(content_sha256, delivery_id) as content_sha256
    from meta.delivery
    where is_current
    union
    select false as is_now, source, period, coalesce(content_sha256, delivery_id) as content_sha256
    from before.meta_delivery
    where is_current
)

select source, period, content_sha256, bool_or(is_now) as is_received
from content
where exists (select 1 from before.held as held where held.table_name = 'meta.delivery')
group by source, period, content_sha256
having count(*) = 1
