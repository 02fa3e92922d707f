-- Event groups without a watched drug that were given only what a group with one was given beside it.
-- grain  one row per such event group
-- key    trial_id, arm_id
-- not    a role: a dummy given with the background makes the group a placebo group

with treated as (
    select distinct trial_id, arm_id from intermediate.trial_group_drug
),

registered as (
    select posted.trial_id, posted.arm_id, list(distinct trim(words_of(named.intervention_name))) as names
    from intermediate.trial_group_posted as posted
    inner join clean.trial_arm_intervention as named using (trial_id, arm_number)
    group by posted.trial_id, posted.arm_id
),

-- where no interventions are registered: "morphine" beside "ketamine and morphine"
titled as (
    select segment.trial_id, segment.arm_id, list(distinct code.name) as names
    from intermediate.trial_group_segment as segment
    inner join
        (
            select name from codes.trial_companion
            union
            select name from codes.trial_control where role = 'active_placebo'
        ) as code
        on contains(segment.segment_words, ' ' || code.name || ' ')
    anti join registered using (trial_id, arm_id)
    where segment.text_source = 'title'
    group by segment.trial_id, segment.arm_id
),

given as (
    select trial_id, arm_id, 'stated' as background_basis, names from registered
    union all
    select trial_id, arm_id, 'inferred', names from titled
    -- "ketamine, rescue morphine" is not given beside morphine
    where not list_contains(names, 'rescue')
)

select alone.trial_id, alone.arm_id, any_value(alone.background_basis) as background_basis
from given as alone
inner join given as together using (trial_id, background_basis)
inner join treated on together.trial_id = treated.trial_id and together.arm_id = treated.arm_id
anti join treated as given_drug on alone.trial_id = given_drug.trial_id and alone.arm_id = given_drug.arm_id
where
    list_has_all(together.names, alone.names)
    -- registered names hold that of the watched drug, names beside it do not
    and (alone.background_basis = 'inferred' or array_length(together.names) > array_length(alone.names))
group by alone.trial_id, alone.arm_id
