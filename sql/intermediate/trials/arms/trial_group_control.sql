-- Which control treatments are named in the texts about each event group.
-- grain  one row per event group and control role named
-- key    trial_id, arm_id, role
-- not    the role of the group: a drug given beside it outweighs a saline infusion

with named as (
    select
        segment.trial_id,
        segment.arm_id,
        segment.text_source in ('title', 'label') as is_titled,
        control.role,
        control.name
    from intermediate.trial_group_segment as segment
    inner join codes.trial_control as control on contains(segment.segment_words, ' ' || control.name || ' ')
),

-- midazolam given beside the watched drug too is background, not its active placebo
background as (
    select distinct named.trial_id, named.name
    from named
    inner join intermediate.trial_group_drug using (trial_id, arm_id)
    where named.role = 'active_placebo'
)

select
    named.trial_id,
    named.arm_id,
    named.role,
    bool_or(named.is_titled) as is_titled
from named
left join background using (trial_id, name)
where background.name is null
group by named.trial_id, named.arm_id, named.role
