-- The quarters in which cases were first received: how many cases, cumulatively too, and which quarters nobody landed.
-- grain  one row per source and quarter with a case; `not stated` comes last and adds the cases without a date
-- key    source, quarter
-- not    the quarters landed: a later delivery brings cases of a quarter that nobody landed
with arrived as (
    select
        source, first_received_quarter as quarter, count(*) as quarter_universe_count,
        sum(count(*)) over (partition by source order by first_received_quarter)::bigint as universe_count
    from events.case
    group by source, first_received_quarter
),

-- A number that rises by one a quarter.
landed as (
    select distinct source, left(period, 4)::bigint * 4 + right(period, 1)::bigint as place
    from meta.delivery
    where is_current and regexp_matches(period, '^[0-9]{4}Q[1-4]$')
),

dated as (
    select
        source, quarter, place, lag(place, 1, place - 1) over (partition by source order by place) as earlier_place
    from (
        select source, quarter, left(quarter, 4)::bigint * 4 + right(quarter, 1)::bigint as place
        from arrived
        where quarter <> 'not stated'
    )
),

calendar as (
    select
        dated.source, dated.quarter, coalesce(bool_or(landed.place = dated.place), false) as is_landed,
        -- Quarters between without a case, less those that were landed and held none.
        any_value(dated.place - dated.earlier_place) - 1
        - count(landed.place) filter (where landed.place < dated.place) as not_landed_before_count
    from dated
    left join landed
        on landed.source = dated.source and landed.place <= dated.place and landed.place > dated.earlier_place
    group by dated.source, dated.quarter
)

select
    arrived.source, arrived.quarter, arrived.quarter_universe_count, arrived.universe_count, calendar.is_landed,
    coalesce(calendar.not_landed_before_count, 0) as not_landed_before_count
from arrived
left join calendar on calendar.source = arrived.source and calendar.quarter = arrived.quarter
