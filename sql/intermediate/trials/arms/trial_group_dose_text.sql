-- The texts near each drug an event group received, spelled alike, with how often the dose was given and whether it varied.
-- grain  one row per event group, drug and segment
-- key    trial_id, arm_id, drug, text_source, text_number, segment_number
-- not    an amount yet: intermediate.trial_group_amount reads them

with spelled as (
    select
        trial_id,
        arm_id,
        drug,
        tier,
        text_source,
        text_number,
        segment_number,
        spelled_dose(segment_text) as said_text
    from intermediate.trial_group_near
)

select
    spelled.trial_id,
    spelled.arm_id,
    spelled.drug,
    spelled.tier,
    spelled.text_source,
    spelled.text_number,
    spelled.segment_number,
    spelled.said_text,
    max(code.times_a_day::bigint) as times_a_day,
    coalesce(bool_or(code.is_variable = 'true'), false) as is_variable
from spelled
left join codes.dose_word as code on regexp_matches(spelled.said_text, code.pattern)
group by
    spelled.trial_id, spelled.arm_id, spelled.drug, spelled.tier, spelled.text_source, spelled.text_number,
    spelled.segment_number, spelled.said_text
