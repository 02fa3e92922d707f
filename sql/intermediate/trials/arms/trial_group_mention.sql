-- Where a watched drug is named, by whole words and not as its own placebo, in what is said about an event group.
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
        code.usual_route
    from intermediate.trial_group_segment as segment
    inner join codes.trial_drug as code on contains(segment.segment_words, ' ' || code.name || ' ')
    where not segment.is_placebo
)

-- the longest name wins: "s ketamine" is not "ketamine", "esomeprazole magnesium" is neither
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
where
    drug is not null
    and not exists (
        from named as longer
        where
            longer.trial_id = named.trial_id
            and longer.arm_id = named.arm_id
            and longer.text_source = named.text_source
            and longer.text_number = named.text_number
            and longer.segment_number = named.segment_number
            and longer.drug_name <> named.drug_name
            and contains(' ' || longer.drug_name || ' ', ' ' || named.drug_name || ' ')
    )
