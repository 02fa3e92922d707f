-- How the reporting of a reaction developed: cases of each quarter and the cumulative information component, with every
-- quarter between, and whether a delivery of it was landed.
-- grain  one row per source, drug, route, reaction, definition and quarter, from the first with a case of that drug and
--        route to the last with any case; `not stated` comes last
-- key    source, drug, route, reaction, definition, quarter
-- not    the quarters of the events, nor what was known then: cases have the content and the routes of today
with bound as (
    select
        source, min(left(quarter, 4)::integer * 4 + right(quarter, 1)::integer - 1) as first_place,
        max(left(quarter, 4)::integer * 4 + right(quarter, 1)::integer - 1) as last_place
    from intermediate.received_quarter
    where quarter <> 'not stated'
    group by source
),

calendar as (
    select source, (place // 4) || 'Q' || (place % 4 + 1) as quarter
    from (select source, unnest(range(first_place, last_place + 1)) as place from bound)
    union all
    select source, 'not stated' from intermediate.received_quarter where quarter = 'not stated'
),

landed as (
    select distinct source, period as quarter from meta.delivery where is_current
),

cell as (
    select source, drug, route, reaction, definition, min(quarter) as first_quarter
    from summary.signal_by_quarter
    group by source, drug, route, reaction, definition
),

placed as (
    select
        cell.source, cell.drug, cell.route, cell.reaction, cell.definition, calendar.quarter, counted.ic,
        counted.ic_lower, counted.ic_upper, counted.reason, counted.with_both_count, counted.expected_count,
        counted.quarter_with_both_count, counted.quarter_drug_route_case_count, counted.quarter_reaction_case_count,
        counted.quarter_universe_count, landed.quarter is not null as is_landed, counted.drug is not null as has_case
    from cell
    inner join calendar on calendar.source = cell.source and calendar.quarter >= cell.first_quarter
    left join landed on landed.source = cell.source and landed.quarter = calendar.quarter
    left join summary.signal_by_quarter as counted
        on counted.source = cell.source and counted.drug = cell.drug and counted.route = cell.route
            and counted.reaction = cell.reaction and counted.definition = cell.definition
            and counted.quarter = calendar.quarter
)

select
    source, drug, route, reaction, definition, quarter,
    case
        when quarter = 'not stated' then 'no_date'
        when is_landed then 'landed'
        when has_case then 'later_deliveries_only'
        else 'missing'
    end as quarter_status,
    -- A quarter that was landed and in which no case was received has none; of a missing one nothing is known.
    coalesce(quarter_with_both_count, if(is_landed, 0, null)) as quarter_case_count,
    coalesce(quarter_drug_route_case_count, if(is_landed, 0, null)) as quarter_drug_route_case_count,
    coalesce(quarter_universe_count, if(is_landed, 0, null)) as quarter_universe_count,
    quarter_drug_route_case_count * quarter_reaction_case_count / nullif(quarter_universe_count, 0)
        as quarter_expected_count,
    with_both_count as cumulative_case_count, expected_count as cumulative_expected_count,
    ic as cumulative_ic, ic_lower as cumulative_ic_lower, ic_upper as cumulative_ic_upper, reason,
    concat_ws(
        '. ',
        case
            when quarter = 'not stated' then 'Cases without a date of receipt are added last'
            when is_landed then null
            when has_case then 'No delivery of this quarter is landed: its counts are only what later ones brought'
            else 'No delivery of this quarter is landed: nothing of it is known'
        end,
        'Quarters are those of first receipt. Counts follow reporting and use; the cumulative interval is not '
        'corrected for looking every quarter (summary.signal_sequential is)'
    ) as caveat
from placed
