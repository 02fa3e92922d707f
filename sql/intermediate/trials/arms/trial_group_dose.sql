-- The first amount written beside each drug an event group received, as written.
-- grain  one row per event group and drug with an amount
-- key    trial_id, arm_id, drug
-- not    a dose band, and not the only dose: an arm may step through several

with amount as (
    select
        trial_id,
        arm_id,
        drug,
        tier,
        text_source,
        text_number,
        segment_number,
        regexp_extract(
            segment_text, '\d+(\.\d+)? ?(mg|mcg|µg|ug|g|mmol|meq)\b( ?/ ?(kg|h|hr|hour|min|minute|day|dose)\b)*'
        ) as dose_text
    from intermediate.trial_group_near
)

select
    trial_id,
    arm_id,
    drug,
    arg_min(dose_text, (tier, text_source, text_number, segment_number)) as dose_text
from amount
where dose_text <> ''
group by trial_id, arm_id, drug
