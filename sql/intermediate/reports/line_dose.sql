-- The dose band of each drug line that puts a case into the count of a drug and route, or why it has none.
-- grain  one row per case, drug, route, drug line and route that the line states; no ketamine_any, since a milligram of
--        esketamine is not one of ketamine
-- key    source, case_id, drug, route, line_number, drug_sequence, line_route
-- not    the dose of the case: lines may state several (intermediate.case_dose)
with stated as (
    select
        'faers' as source, case_id, line_number,
        dose_key(dose_text, dose_amount_text, dose_unit_text, dose_frequency_text) as dose_key,
        count(distinct coalesce(route, 'unknown')) as route_count
    from clean.faers_drug
    semi join (select case_id, line_number from intermediate.exposed_line where source = 'faers') as exposed
        using (case_id, line_number)
    group by all
),

line as (
    select
        exposed.source, exposed.case_id, exposed.drug, exposed.route, exposed.line_number,
        exposed.drug_sequence, exposed.line_route,
        -- a subclass of magnesium has the dose of its magnesium
        if(starts_with(exposed.drug, 'magnesium_'), 'magnesium', exposed.drug) as dosed_drug,
        -- one dose beside two routes: by which of them?
        if(stated.route_count > 1 and reading.unit is not null, 'in doubt', coalesce(reading.confidence, 'not stated'))
            as confidence,
        reading.unit,
        if(stated.route_count > 1, null, reading.single_value) as single_value,
        if(stated.route_count > 1, null, reading.daily_value) as daily_value
    from intermediate.exposed_line as exposed
    left join stated
        on stated.source = exposed.source and stated.case_id = exposed.case_id
            and stated.line_number = exposed.line_number
    left join intermediate.dose_reading as reading on reading.dose_key = stated.dose_key
    where exposed.drug not in (select rollup from codes.drug_rollup)
),

amount as (
    select source, case_id, drug, route, line_number, line_route, dosed_drug, unit, single_value as value
    from line
    where single_value is not null
    union all
    select source, case_id, drug, route, line_number, line_route, dosed_drug, unit || ' daily', daily_value
    from line
    where daily_value is not null
),

banded as (
    select
        amount.source, amount.case_id, amount.drug, amount.route, amount.line_number, amount.line_route,
        min(band.band) as band,
        coalesce(bool_or(amount.value > dose_limit.above::double), false) as is_implausible
    from amount
    left join codes.dose_band as band
        on band.drug = amount.dosed_drug and band.route = amount.line_route and band.unit = amount.unit
            and amount.value >= coalesce(band.at_least::double, 0)
            and amount.value > coalesce(band.above::double, -1)
            and amount.value < coalesce(band.below::double, 'infinity')
            and amount.value <= coalesce(band.at_most::double, 'infinity')
    left join codes.dose_limit as dose_limit
        on dose_limit.drug = amount.dosed_drug and dose_limit.route = amount.line_route
            and dose_limit.unit = amount.unit
    group by amount.source, amount.case_id, amount.drug, amount.route, amount.line_number, amount.line_route
)

select
    line.source, line.case_id, line.drug, line.route, line.line_number, line.drug_sequence, line.line_route,
    banded.band,
    coalesce(banded.is_implausible, false) as is_implausible,
    case
        when line.line_route = 'unknown' then 'route_unknown'
        when known.drug is null then 'no_band'
        when line.confidence = 'not stated' then 'not_stated'
        when line.confidence = 'in doubt' then 'in_doubt'
        when banded.band is null then 'other_unit'
        else line.confidence
    end as line_basis
from line
left join banded using (source, case_id, drug, route, line_number, line_route)
left join (select distinct drug, route from codes.dose_band) as known
    on known.drug = line.dosed_drug and known.route = line.line_route
