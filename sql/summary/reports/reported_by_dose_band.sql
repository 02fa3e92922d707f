-- How many cases report each reaction, by drug, route and dose band, with the share whose dose is unknown and why.
-- grain  one row per source, drug, route, dose band, reaction and definition; a band with a case has every row
-- key    source, drug, route, dose_band, reaction, definition
-- not    a dose-response: who reports, and who states a dose, depends on dose and reaction. No ketamine_any, since a milligram
--        of esketamine is not one of ketamine. Bands of one drug and route add up; routes do not
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

cell as (
    select
        exposed.source, exposed.drug, exposed.route, exposed.dose_band, reaction.reaction, definition.definition,
        exposed.drug_route_band_case_count
    from (
        select source, drug, route, dose_band, count(*) as drug_route_band_case_count
        from intermediate.case_dose
        group by source, drug, route, dose_band
    ) as exposed
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
),

counted as (
    select
        reported.source, reported.drug, reported.route, dose.dose_band, reported.reaction, reported.definition,
        count(*) as case_count,
        count(*) filter (where cases.is_serious) as serious_case_count,
        count(*) filter (where cases.is_fatal) as fatal_case_count,
        count(*) filter (where dose.dose_basis = 'structured') as dose_structured_case_count,
        count(*) filter (where dose.dose_basis = 'text') as dose_text_case_count,
        count(*) filter (where dose.dose_basis = 'in_doubt') as dose_in_doubt_case_count,
        count(*) filter (where dose.dose_basis = 'other_unit') as dose_other_unit_case_count,
        count(*) filter (where dose.dose_basis = 'not_stated') as dose_not_stated_case_count,
        count(*) filter (where dose.dose_basis = 'route_unknown') as dose_without_route_case_count,
        count(*) filter (where dose.is_implausible) as dose_implausible_case_count
    from events.reported as reported
    inner join intermediate.case_dose as dose using (source, case_id, drug, route)
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    group by all
)

select
    cell.source, cell.drug, cell.route, cell.dose_band, cell.reaction, cell.definition,
    coalesce(counted.case_count, 0) as case_count,
    coalesce(counted.serious_case_count, 0) as serious_case_count,
    coalesce(counted.fatal_case_count, 0) as fatal_case_count,
    coalesce(counted.dose_structured_case_count, 0) as dose_structured_case_count,
    coalesce(counted.dose_text_case_count, 0) as dose_text_case_count,
    coalesce(counted.dose_in_doubt_case_count, 0) as dose_in_doubt_case_count,
    coalesce(counted.dose_other_unit_case_count, 0) as dose_other_unit_case_count,
    coalesce(counted.dose_not_stated_case_count, 0) as dose_not_stated_case_count,
    coalesce(counted.dose_without_route_case_count, 0) as dose_without_route_case_count,
    coalesce(counted.dose_implausible_case_count, 0) as dose_implausible_case_count,
    cell.drug_route_band_case_count,
    (sum(coalesce(counted.case_count, 0)) over whole)::bigint as cell_case_count,
    coalesce(sum(counted.case_count) filter (where cell.dose_band = 'unknown') over whole, 0)::bigint
        as dose_unknown_case_count,
    case when cell_case_count > 0 then dose_unknown_case_count / cell_case_count end as dose_unknown_share
from cell
left join counted using (source, drug, route, dose_band, reaction, definition)
window whole as (partition by cell.source, cell.drug, cell.route, cell.reaction, cell.definition)
