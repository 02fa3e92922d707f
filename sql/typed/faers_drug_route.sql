-- What the route field of a drug line states: the agency's list first, else the first pattern that fits what is written.
-- grain  one row per text of the route field and route that it states
-- key    route_text, route_number
-- not    a guess from dose text or form: the field itself states it
with named as (
    select distinct route as route_text, spaced(route) as route from raw.faers_drug where text_of(route) is not null
),

part as (
    -- A code in brackets, or before its name, is a part of its own. Standard terms end in USE.
    select
        named.route_text,
        regexp_replace(
            unnest(string_split_regex(
                regexp_replace(named.route, '\((\d{3,})\)|\b(\d{3,}) ?[-:|]', ';\1\2;', 'g'),
                '\s*[;,/+&|]\s*|\s+(?:AND|OR)\s+'
            )),
            ' USE$', ''
        ) as part_text
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
    select route_text, route, min(detail) as detail
    from read
    where route not in ('unknown', 'parenteral_unspecified')
    group by route_text, route
    union all
    select route_text, min(route) as route, null as detail
    from read
    group by route_text
    having count(*) filter (route not in ('unknown', 'parenteral_unspecified')) = 0 and count(route) > 0
)

select
    named.route_text, row_number() over (partition by named.route_text order by written.route) as route_number,
    coalesce(listed.route, written.route, 'not coded') as route, coalesce(listed.detail, written.detail) as detail
from named
left join codes.route as listed on listed.route_text = named.route
left join written on written.route_text = named.route_text
