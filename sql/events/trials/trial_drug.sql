-- The watched drugs each trial gives, with or without posted results.
-- grain  one row per trial and watched drug
-- key    trial_id, drug
-- not    who received it: a drug named only as its own placebo is none, and prose about the trial is not read

with stated_text as (
    select
        trial_id,
        'intervention' as drug_basis,
        intervention_number as text_number,
        concat_ws('; ', intervention_name, other_names_text) as said
    from clean.trial_intervention
    union all
    select trial_id, 'arm', arm_number, arm_label from clean.trial_arm
    union all
    -- "study drug" names no drug, its description does
    select trial_id, 'intervention_description', intervention_number, intervention_description
    from clean.trial_intervention
    where
        not names_placebo(lower(intervention_name))
        and regexp_matches(
            lower(intervention_name),
            'study|drug|medic|treatment|intervention|active|experiment|nmda|antagonist|infusion|an?esth|sedat|analges'
        )
),

segment as (
    select trial_id, drug_basis, text_number, unnest(treatment_segments(treatment_text(said))) as segment_text
    from stated_text
),

named as (
    select
        segment.trial_id,
        segment.drug_basis,
        segment.text_number,
        segment.segment_text,
        code.name,
        code.drug,
        list(code.name) over (
            partition by segment.trial_id, segment.drug_basis, segment.text_number, segment.segment_text
        ) as names
    from segment
    inner join codes.trial_drug as code on contains(words_of(segment.segment_text), ' ' || code.name || ' ')
    where not names_placebo(segment.segment_text)
),

registered as (
    select trial_id, drug, drug_basis, text_number, trim(segment_text) as decided_by_text
    from named
    where drug is not null and not is_part_of_longer(name, names)
),

known as (
    select trial_id, drug, 'event_group' as drug_basis, 0 as text_number, arm_title as decided_by_text
    from events.observed_arm
    where drug is not null
    union all
    select trial_id, drug, drug_basis, text_number, decided_by_text from registered
)

select
    trial_id,
    drug,
    drug_basis,
    decided_by_text
from known
qualify row_number() over (
        partition by trial_id, drug
        order by
            list_position(['event_group', 'intervention', 'arm', 'intervention_description'], drug_basis),
            text_number, decided_by_text
    ) = 1
