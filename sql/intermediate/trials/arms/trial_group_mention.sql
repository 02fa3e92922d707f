-- Where a watched drug is named, by whole words and not as its own placebo, in the texts about an event group.
-- grain  one row per segment and drug name
-- key    trial_id, arm_id, text_source, text_number, segment_number, drug_name
-- not    a treatment yet: intermediate.trial_group_drug decides which mention counts

with named as (
    select
        segment.trial_id,
        segment.arm_id,
        segment.text_source,
        segment.intervention_name,
        segment.text_number,
        segment.segment_number,
        segment.segment_text,
        segment.segment_words,
        code.name as drug_name,
        code.drug,
        code.drug_subclass,
        code.usual_route,
        list(code.name) over (
            partition by
                segment.trial_id, segment.arm_id, segment.text_source, segment.text_number, segment.segment_number
        ) as drug_names
    from intermediate.trial_group_segment as segment
    inner join codes.trial_drug as code on contains(segment.segment_words, ' ' || code.name || ' ')
    where not segment.is_placebo
)

select
    trial_id,
    arm_id,
    text_source,
    intervention_name,
    text_number,
    segment_number,
    segment_text,
    drug_name,
    drug,
    drug_subclass,
    usual_route
from named
where drug is not null and not is_part_of_longer(drug_name, drug_names)
