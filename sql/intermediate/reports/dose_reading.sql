-- What each dose as reported means: the single and the daily amount in milligrams, by weight or time where so stated.
-- grain  one row per dose as reported: its text, amount, unit and frequency, whatever their letter case
-- key    dose_key
-- not    what was taken: a report repeats what somebody wrote. The fields come first, then the text; where they disagree,
--        or the text states several amounts, the dose is in doubt and no amount is given
with in_text as (
    select
        amount.dose_key,
        count(distinct amount.unit) as unit_count,
        min(amount.unit) as unit,
        count(*) filter (where not amount.is_daily) as single_count,
        min(amount.value) filter (where not amount.is_daily) as least_single,
        max(amount.value) filter (where not amount.is_daily) as most_single,
        count(*) filter (where amount.is_daily) as daily_count,
        min(amount.value) filter (where amount.is_daily) as daily_value,
        -- what the fields state, or that times the doses of a day, is no other dose
        count(*) filter (
            where amount.unit = fielded.unit and amount.value <> fielded.field_value
            and amount.value is distinct from round(fielded.field_value * fielded.times_a_day, 9)
        ) as other_count
    from intermediate.dose_amount as amount
    inner join intermediate.dose_field as fielded on fielded.dose_key = amount.dose_key
    group by amount.dose_key
),

judged as (
    select
        fielded.dose_key, fielded.times_a_day, fielded.is_not_daily, fielded.is_total,
        fielded.field_value, fielded.unit as field_unit, in_text.unit as text_unit, in_text.least_single,
        in_text.most_single, in_text.daily_value, in_text.single_count,
        case
            when fielded.field_value > 0
                then
                    if(in_text.other_count > 0 or fielded.is_in_doubt, 'in doubt', 'structured')
            when fielded.has_amount and fielded.unit is not null and fielded.field_value is null then 'in doubt'
            when in_text.dose_key is null and fielded.has_amount then 'other unit'
            when in_text.dose_key is null and fielded.is_other_unit then 'other unit'
            when in_text.dose_key is null then 'not stated'
            when fielded.is_in_doubt or in_text.unit_count > 1 or in_text.daily_count > 1 then 'in doubt'
            -- two tablets beside an amount: of one, or of both? A continuous infusion without its time: how fast?
            when fielded.has_amount and coalesce(fielded.field_amount <> 1, true) then 'in doubt'
            when
                fielded.is_several_units or (fielded.is_continuous and not ends_with(in_text.unit, '/h'))
                then 'in doubt'
            when in_text.single_count > 2 then 'in doubt'
            -- "150 mg (75 mg, bid)" is one dose and its day; "10 mg twice a day and 20 mg at bedtime" is two doses
            when in_text.single_count = 2 and (
                    not contains(fielded.said_text, '(')
                    or coalesce(in_text.most_single <> round(in_text.least_single * fielded.times_a_day, 9), true)
                ) then 'in doubt'
            when in_text.single_count > 0 and in_text.daily_count = 1
                and in_text.daily_value <> round(in_text.least_single * coalesce(fielded.times_a_day, 1), 9)
                then 'in doubt'
            else 'text'
        end as confidence
    from intermediate.dose_field as fielded
    left join in_text on in_text.dose_key = fielded.dose_key
)

select
    dose_key,
    confidence,
    case confidence when 'structured' then field_unit when 'text' then text_unit end as unit,
    case
        when confidence = 'structured' then field_value
        when confidence = 'text' and not is_total then least_single
    end as single_value,
    case
        when confidence = 'text' and is_total then coalesce(daily_value, least_single)
        when confidence = 'text' and daily_value is not null then daily_value
        when not is_not_daily and not ends_with(unit, '/h') then round(single_value * times_a_day, 9)
    end as daily_value,
    case when confidence in ('structured', 'text') then times_a_day end as times_a_day
from judged
