-- The amounts of mass that the dose texts of reports state, in milligrams, each as a single or as a daily amount.
-- grain  one row per dose as reported, unit, value and whether it is of a whole day
-- key    dose_key, unit, value, is_daily
-- not    the dose: several amounts, a range or the fields beside the text decide (intermediate.dose_reading)
with stated as (
    select distinct
        dose_key(dose_text, dose_amount_text, dose_unit_text, dose_frequency_text) as dose_key,
        reported_dose(dose_text) as said_text
    from clean.faers_drug
    semi join (select case_id, line_number from intermediate.exposed_line where source = 'faers') as exposed
        using (case_id, line_number)
    where dose_text is not null
),

amount as (
    select
        dose_key,
        unnest(regexp_extract_all(
            said_text, '\d+(?:\.\d+)? ?(?:mg|ug|ng|g)\b(?: ?/ ?(?:kg|m2|h|min|day)\b)*(?: ?/ ?[a-z0-9]+)?'
        )) as amount_text
    from stated
),

valued as (
    select
        dose_key,
        regexp_matches(amount_text, '/ ?(h|min)\b') as is_rate,
        regexp_matches(amount_text, '/ ?day\b') as is_daily,
        'mg' || if(regexp_matches(amount_text, '/ ?kg\b'), '/kg', '')
        || if(regexp_matches(amount_text, '/ ?m2\b'), '/m2', '') || if(is_rate, '/h', '') as unit,
        in_milligrams(
            regexp_extract(amount_text, '^[\d.]+')::double * if(regexp_matches(amount_text, '/ ?min\b'), 60, 1),
            regexp_extract(amount_text, '^[\d.]+ ?(mg|ug|g)\b', 1)
        ) / if(regexp_matches(amount_text, '^[\d.]+ ?ng\b'), 1000000, 1) as value
    from amount
    -- a strength (mg/ml, mg/5 ml) is no dose, and an amount of a week none of a day
    where not regexp_matches(
            amount_text,
            '/ ?(ml|cc|l|dl|mil.*|lit.*|\d.*|tab.*|cap.*|spray.*|puff.*|act.*|vial.*|patch.*|drop.*'
            || '|w|week.*|wk.*|month.*|mo|cycle.*)$'
        )
)

select distinct dose_key, unit, round(value, 9) as value, is_daily
from valued
where value > 0 and value <= 100000000 and not (is_rate and is_daily) and not contains(unit, '/kg/m2')
