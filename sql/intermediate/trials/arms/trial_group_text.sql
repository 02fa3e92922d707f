-- The texts about each event group: its title and description, its arm's, and those of the arm's interventions.
-- grain  one row per event group and text
-- key    trial_id, arm_id, text_source, text_number
-- not    the texts as received: lower case and cleaned, for reading drug, route and role

with arm as (
    select
        groups.trial_id,
        groups.arm_id,
        groups.link_basis,
        groups.arm_title,
        groups.arm_description as group_description,
        planned.arm_label,
        planned.arm_description,
        groups.arm_number
    from intermediate.trial_group_posted as groups
    left join clean.trial_arm as planned using (trial_id, arm_number)
),

given as (
    select arm.trial_id, arm.arm_id, named.intervention_name, detail.* exclude (trial_id, intervention_name)
    from arm
    inner join clean.trial_arm_intervention as named using (trial_id, arm_number)
    left join clean.trial_intervention as detail using (trial_id, intervention_name)
),

stated_text as (
    select trial_id, arm_id, 'title' as text_source, null as intervention_name, arm_title as said from arm
    union all
    select trial_id, arm_id, 'label', null, arm_label from arm
    union all
    select trial_id, arm_id, 'intervention', intervention_name, concat_ws('; ', intervention_name, other_names_text)
    from given
    union all
    select trial_id, arm_id, 'intervention_description', intervention_name, intervention_description from given
    union all
    select trial_id, arm_id, 'group_description', null, group_description from arm
    union all
    select trial_id, arm_id, 'arm_description', null, arm_description from arm
),

joined as (
    select *, treatment_text(said) as said_text
    from stated_text
    where said is not null
)

-- numerals that look like the route IV, and anatomy that looks like a route, are blanked
select
    trial_id,
    arm_id,
    text_source,
    intervention_name,
    row_number() over (partition by trial_id, arm_id, text_source order by intervention_name, said) as text_number,
    regexp_replace(
        regexp_replace(
            said_text, '\b(phase|stage|grade|group|arm|cohort|class|type|part|dsm|level|bipolar)[ -]*iv\b', ' ', 'g'
        ),
        '\bspinal (an?a?esthesia|surgery|cord|fusion|stenosis|injury)', ' ', 'g'
    ) as said_text
from joined
