-- The segments of text about a drug that an event group received, and how near each is to its name.
-- grain  one row per event group, drug and segment
-- key    trial_id, arm_id, drug, text_source, text_number, segment_number
-- not    a route or dose yet: those are read from the nearest segments

with received as (
    select trial_id, arm_id, drug, count(*) over (partition by trial_id, arm_id) as drug_count
    from intermediate.trial_group_drug
),

mention as (
    select distinct trial_id, arm_id, text_source, text_number, segment_number, drug, true as is_named
    from intermediate.trial_group_mention
),

own as (
    select distinct trial_id, arm_id, intervention_name, drug, true as is_own
    from intermediate.trial_group_mention
    where text_source = 'intervention'
),

-- "oral morphine as rescue" is the route of morphine, and an epidural catheter may be another drug's
foreign_word as (
    select distinct segment.trial_id, segment.arm_id, segment.text_source, segment.text_number, segment.segment_number
    from intermediate.trial_group_segment as segment
    inner join codes.trial_companion as code on contains(segment.segment_words, ' ' || code.name || ' ')
    where ends_with(segment.text_source, '_description')
),

-- 1 beside the drug's name in a name; 2 beside it in prose; 3 in the prose of its intervention; 4 in other prose
placed as (
    select
        segment.*,
        received.drug,
        case
            when mention.is_named and segment.text_source in ('title', 'label', 'intervention') then 1
            when segment.is_bare_route and received.drug_count = 1 then 1
            when mention.is_named then 2
            when segment.text_source = 'intervention_description' and own.is_own then 3
            when segment.text_source in ('group_description', 'arm_description') and received.drug_count = 1 then 4
        end as tier
    from received
    inner join intermediate.trial_group_segment as segment using (trial_id, arm_id)
    left join mention using (trial_id, arm_id, text_source, text_number, segment_number, drug)
    left join own using (trial_id, arm_id, intervention_name, drug)
    left join foreign_word as other using (trial_id, arm_id, text_source, text_number, segment_number)
    where not segment.is_placebo and (mention.is_named or other.trial_id is null)
)

select trial_id, arm_id, drug, text_source, text_number, segment_number, tier, segment_text, segment_words
from placed
where tier is not null
