-- What each event group was given, and which treatments a later period's people were given before.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    coded drugs only: controls and other drugs keep people apart as well, by the name they have

with received as (
    select trial_id, arm_id, list(distinct drug order by drug) as drugs
    from intermediate.trial_group_drug
    group by trial_id, arm_id
),

-- a treatment that the title names: people "switched from placebo to ketamine" come from the placebo
named as (
    select trial_id, arm_id, list(distinct drug order by drug) as drugs
    from intermediate.trial_group_mention
    where text_source = 'title'
    group by trial_id, arm_id
),

control as (
    select trial_id, arm_id, list(distinct role order by role) as roles
    from intermediate.trial_group_control
    where is_titled
    group by trial_id, arm_id
),

-- another drug is no watched drug's people: what the title names, else what the planned arm is registered to receive
other as (
    select segment.trial_id, segment.arm_id, list(distinct code.name order by code.name) as names
    from intermediate.trial_group_segment as segment
    inner join codes.trial_companion as code on contains(segment.segment_words, ' ' || code.name || ' ')
    where segment.text_source = 'title'
    group by segment.trial_id, segment.arm_id
),

registered as (
    select trial_id, arm_number, list(distinct lower(intervention_name) order by lower(intervention_name)) as names
    from clean.trial_arm_intervention
    group by trial_id, arm_number
)

select
    posted.trial_id,
    posted.arm_id,
    coalesce(received.drugs, control.roles, other.names, registered.names, []) as treatments,
    case
        -- those who are given a placebo to maintain a response responded to the drug
        when word.period_label = 'maintenance' and named.drugs is null and control.roles is not null then []
        when
            word.period_label = 'switched'
            then list_concat(coalesce(named.drugs, []), coalesce(control.roles, []), coalesce(other.names, []))
        else coalesce(named.drugs, control.roles, received.drugs, other.names, [])
    end as treatments_before
from intermediate.trial_group_posted as posted
left join intermediate.trial_group_period as word
    on posted.trial_id = word.trial_id and posted.arm_id = word.arm_id
left join received on posted.trial_id = received.trial_id and posted.arm_id = received.arm_id
left join named on posted.trial_id = named.trial_id and posted.arm_id = named.arm_id
left join control on posted.trial_id = control.trial_id and posted.arm_id = control.arm_id
left join other on posted.trial_id = other.trial_id and posted.arm_id = other.arm_id
left join registered on posted.trial_id = registered.trial_id and posted.arm_number = registered.arm_number
