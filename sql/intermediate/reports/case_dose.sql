-- The dose band of each case by drug and route, where its lines state one dose; else why there is none.
-- grain  one row per case, drug and route; no ketamine_any, since a milligram of esketamine is not one of ketamine
-- key    source, case_id, drug, route
-- not    what was taken. Two doses in one band are one band, in two bands `several`; one line in doubt leaves the case
--        unknown, and a line that states no dose says nothing against another that does
with gathered as (
    select
        source, case_id, drug, route,
        count(distinct band) as band_count,
        min(band) as band,
        bool_or(is_implausible) as is_implausible,
        case
            when bool_or(line_basis = 'in_doubt') then 'in_doubt'
            when band_count > 1 then 'several'
            when bool_or(line_basis = 'structured') then 'structured'
            when bool_or(line_basis = 'text') then 'text'
            when bool_or(line_basis = 'other_unit') then 'other_unit'
            when bool_or(line_basis = 'not_stated') then 'not_stated'
            when bool_or(line_basis = 'route_unknown') then 'route_unknown'
            else 'no_band'
        end as dose_basis
    from intermediate.line_dose
    group by source, case_id, drug, route
)

select
    source, case_id, drug, route,
    case
        when dose_basis in ('structured', 'text') then band
        when dose_basis = 'several' then 'several'
        when dose_basis = 'no_band' then 'not coded'
        else 'unknown'
    end as dose_band,
    dose_basis,
    is_implausible
from gathered
