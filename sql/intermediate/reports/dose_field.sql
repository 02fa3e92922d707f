-- What the fields of each dose as reported state, and what its text says of how often it was given.
-- grain  one row per dose as reported in lines that put a case into a count: its text, amount, unit and frequency,
--        whatever their letter case
-- key    dose_key
-- not    the dose: the amounts of the text are in intermediate.dose_amount, what they mean in intermediate.dose_reading
with stated as (
    select
        dose_key(dose_text, dose_amount_text, dose_unit_text, dose_frequency_text) as dose_key,
        min(reported_dose(dose_text)) as said_text,
        min(replace(spaced(dose_amount_text), ' ', '')) as amount_text,
        min(spaced(dose_unit_text)) as unit_text,
        min(spaced(dose_frequency_text)) as frequency_text
    from clean.faers_drug
    semi join (select case_id, line_number from intermediate.exposed_line where source = 'faers') as exposed
        using (case_id, line_number)
    where coalesce(dose_text, dose_amount_text, dose_unit_text, dose_frequency_text) is not null
    group by all
),

-- A text is searched once, however many amounts stand beside it.
phrased as (
    select
        said.said_text,
        max(phrase.times_a_day::bigint) as times_a_day,
        bool_or(phrase.says = 'total') as is_total,
        bool_or(phrase.says = 'not_daily') as is_not_daily,
        bool_or(phrase.says = 'in_doubt') as is_in_doubt,
        bool_or(phrase.says = 'other_unit') as is_other_unit,
        bool_or(phrase.says = 'several_units') as is_several_units,
        bool_or(phrase.says = 'continuous') as is_continuous
    from (select distinct said_text from stated) as said
    inner join codes.dose_phrase as phrase on regexp_matches(said.said_text, phrase.pattern)
    group by said.said_text
)

select
    stated.*,
    unit.unit,
    -- "1,000" is a thousand; a range or a word in the field of the amount is no number
    try_cast(
        regexp_extract(
            regexp_replace(stated.amount_text, '(\d),(\d{3})\b', '\1\2', 'g'), '^(\d{0,9}\.?\d{1,9})\.?$', 1
        ) as double
    ) as field_amount,
    coalesce(field_amount <> 0, stated.amount_text is not null) as has_amount,
    round(field_amount * unit.factor::double, 9) as field_value,
    coalesce(frequency.times_a_day::bigint, phrased.times_a_day) as times_a_day,
    coalesce(frequency.is_not_daily = 'true', false) or coalesce(phrased.is_not_daily, false) as is_not_daily,
    coalesce(phrased.is_total, false) as is_total,
    coalesce(phrased.is_in_doubt, false) as is_in_doubt,
    coalesce(phrased.is_other_unit, false) as is_other_unit,
    coalesce(phrased.is_several_units, false) as is_several_units,
    coalesce(phrased.is_continuous, false) as is_continuous
from stated
left join codes.dose_unit as unit on unit.dose_unit = stated.unit_text
left join codes.dose_frequency as frequency on frequency.dose_frequency = stated.frequency_text
left join phrased on phrased.said_text = stated.said_text
