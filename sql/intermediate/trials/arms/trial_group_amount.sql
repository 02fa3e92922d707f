-- The amounts written nearest to each drug an event group received, in milligrams, as a single dose and by day.
-- grain  one row per event group, drug, unit and value
-- key    trial_id, arm_id, drug, dose_unit, dose_value
-- not    the dose of the arm: several amounts, a range or a titration leave that open (intermediate.observed_arm_dose)

with amount as (
    select
        *,
        unnest(regexp_extract_all(
            said_text,
            '\d+(?:\.\d+)? ?(?:mg|mcg|µg|μg|ug|g)\b(?: ?/ ?(?:kg|h|hr|hour|min|minute|day|d|dose)\b)*(?: ?/)?'
        )) as amount_text
    from intermediate.trial_group_dose_text
),

-- the text with the nearest amount is read whole: "56 mg or 84 mg" is two doses
nearest as (
    select distinct trial_id, arm_id, drug, text_source, text_number, true as is_nearest
    from (
        select *
        from amount
        -- "50 mg/ml" is a strength, and "5 mg/week" is no daily dose: an amount with another unit behind it is not used
        where not regexp_matches(amount_text, '/$')
        qualify tier = min(tier) over (partition by trial_id, arm_id, drug)
    )
),

variable as (
    select trial_id, arm_id, drug, bool_or(said.is_variable) as is_variable
    from intermediate.trial_group_dose_text as said
    inner join nearest using (trial_id, arm_id, drug, text_source, text_number)
    group by trial_id, arm_id, drug
),

valued as (
    select
        trial_id,
        arm_id,
        drug,
        times_a_day,
        regexp_matches(amount_text, '/ ?(h|hr|hour|min|minute)\b') as is_rate,
        regexp_matches(amount_text, '/ ?(day|d)\b') as is_daily,
        'mg' || if(regexp_matches(amount_text, '/ ?kg'), '/kg', '') || if(is_rate, '/h', '') as unit,
        in_milligrams(
            regexp_extract(amount_text, '^\d+(?:\.\d+)?')::double
            * if(regexp_matches(amount_text, '/ ?(min|minute)\b'), 60, 1),
            regexp_extract(amount_text, '^[\d.]+ ?(mg|mcg|µg|μg|ug|g)\b', 1)
        ) as value
    from amount
    inner join nearest using (trial_id, arm_id, drug, text_source, text_number)
    where not regexp_matches(amount_text, '/$')
),

stated as (
    select trial_id, arm_id, drug, unit as dose_unit, round(value, 6) as dose_value
    from valued
    -- a number that is no dose (a registry number, the speed of a centrifuge) is left out
    where not is_daily and value > 0 and value <= 1000000
    union
    select trial_id, arm_id, drug, unit || ' daily', round(value * if(is_daily, 1, times_a_day), 6)
    from valued
    where not is_rate and (is_daily or times_a_day is not null) and value > 0 and value <= 1000000
)

select
    stated.trial_id,
    stated.arm_id,
    stated.drug,
    stated.dose_unit,
    stated.dose_value,
    variable.is_variable
from stated
inner join variable using (trial_id, arm_id, drug)
