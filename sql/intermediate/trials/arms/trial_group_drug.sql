-- The watched drugs the people of each event group received.
-- grain  one row per event group and drug
-- key    trial_id, arm_id, drug
-- not    a group that took a placebo, whatever its arm was registered to receive, nor a sequence of a crossover

-- "study drug plus standard care" is no control when it is the experimental arm; a placebo always is one
with control_titled as (
    select distinct segment.trial_id, segment.arm_id, true as is_control
    from intermediate.trial_group_segment as segment
    inner join intermediate.trial_group_posted as groups using (trial_id, arm_id)
    left join clean.trial_arm as planned using (trial_id, arm_number)
    left join codes.trial_control as code on contains(segment.segment_words, ' ' || code.name || ' ')
    where
        segment.text_source in ('title', 'label')
        and (segment.is_placebo or (code.name is not null and planned.arm_type is distinct from 'EXPERIMENTAL'))
),

-- 1 named in a title, or in an intervention of the arm; 2 that of a crossover, whose participants cross over between arms;
-- 3 in the prose of an intervention without a drug's name; 4 in other prose of an arm without interventions
mention as (
    select
        named.*,
        case
            when named.text_source in ('title', 'label') then 1
            when named.text_source = 'intervention' and not trial.is_crossover then 1
            when named.text_source = 'intervention' then 2
            when named.text_source = 'intervention_description' and regexp_matches(
                    lower(named.intervention_name),
                    'study|drug|medic|treatment|intervention|active|experiment|nmda|antagonist|infusion|an?esth|sedat|analges'  -- noqa: LT05
                ) then 3
            when named.text_source in ('group_description', 'arm_description')
                and given.arm_number is null
                and coalesce(planned.arm_type, '') not in ('PLACEBO_COMPARATOR', 'SHAM_COMPARATOR', 'NO_INTERVENTION')
                -- "saline at the same rate as ketamine" names a drug that was not given
                and not regexp_matches(
                    prose.said_text,
                    '\b(saline|placebo|sham|instead of|same|equal volume|compar\w*|versus|vs|without|alternative to|rather than)\b'  -- noqa: LT05
                ) then 4
        end as tier,
        named.text_source in ('title', 'label')
        or (named.text_source = 'intervention' and groups.link_basis in ('same title', 'only arm')) as is_stated,
        bool_or(named.text_source in ('title', 'label')) over (partition by named.trial_id, named.arm_id) as is_titled
    from intermediate.trial_group_mention as named
    inner join intermediate.trial_group_posted as groups using (trial_id, arm_id)
    inner join clean.trial as trial using (trial_id)
    inner join intermediate.trial_group_text as prose using (trial_id, arm_id, text_source, text_number)
    left join clean.trial_arm as planned using (trial_id, arm_number)
    left join (select distinct trial_id, arm_number from clean.trial_arm_intervention) as given
        using (trial_id, arm_number)
),

eligible as (
    select mention.*
    from mention
    left join control_titled using (trial_id, arm_id)
    left join intermediate.trial_group_sequence as sequence using (trial_id, arm_id)
    where
        mention.tier is not null
        and (mention.is_titled or control_titled.is_control is null)
        -- the people of a sequence took the drug and its comparator
        and sequence.sequence_basis is null
    qualify mention.tier = min(mention.tier) over (partition by mention.trial_id, mention.arm_id)
)

select
    trial_id,
    arm_id,
    drug,
    max(drug_subclass) as drug_subclass,
    case when bool_or(is_stated) then 'stated' else 'inferred' end as drug_basis,
    min(drug_name) as drug_name,
    max(usual_route) as usual_route
from eligible
group by trial_id, arm_id, drug
