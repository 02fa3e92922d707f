-- What the route field of a drug line states: the agency's list first, else the first pattern that fits what is written.
-- grain  one row per text of the route field
-- key    route_text
-- not    a guess from dose text or form: the field itself states it; two routes in one field are neither
with named as (
    select distinct route as route_text, spaced(route) as route from raw.faers_drug where text_of(route) is not null
),

part as (
    select named.route_text, unnest(string_split_regex(named.route, '\s*[;,/+&]\s*|\s+(?:AND|OR)\s+')) as part_text
    from named
    where named.route not in (select route_text from codes.route)
),

matched as (
    select part.route_text, part.part_text, arg_min(pattern.route, pattern.rank::integer) as route
    from part
    inner join codes.route_pattern as pattern on regexp_matches(part.part_text, pattern.pattern)
    group by part.route_text, part.part_text
),

read as (
    select part.route_text, coalesce(listed.route, matched.route) as route, listed.detail
    from part
    left join codes.route as listed on listed.route_text = part.part_text
    left join matched on matched.route_text = part.route_text and matched.part_text = part.part_text
),

written as (
    -- "Beside a vein" is an injection too, not a second route.
    select route_text, count(distinct route) as route_count, min(route) as route, min(detail) as detail
    from read
    where route not in ('unknown', 'parenteral_unspecified')
    group by route_text
    union all
    select route_text, 1 as route_count, min(route) as route, null as detail
    from read
    group by route_text
    having count(*) filter (route not in ('unknown', 'parenteral_unspecified')) = 0 and count(route) > 0
)

select
    named.route_text,
    coalesce(listed.route, if(written.route_count = 1, written.route, null), 'not coded') as route,
    coalesce(listed.detail, if(written.route_count = 1, written.detail, null)) as detail
from named
left join codes.route as listed on listed.route_text = named.route
left join written on written.route_text = named.route_text
