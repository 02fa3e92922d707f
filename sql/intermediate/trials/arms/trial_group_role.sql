-- The role of each event group in its trial: a watched drug or another active treatment, a placebo, or no treatment.
-- grain  one row per event group
-- key    trial_id, arm_id
-- not    a judgement of quality: an active placebo is one by its words

with treated as (
    select trial_id, arm_id, min(drug_basis) as drug_basis
    from intermediate.trial_group_drug
    group by trial_id, arm_id
),

control as (
    select
        trial_id,
        arm_id,
        list(role) as roles,
        list(role) filter (where is_titled) as titled_roles
    from intermediate.trial_group_control
    group by trial_id, arm_id
),

-- an arm's own treatment: one that not every arm receives, and that is no control
own as (
    select named.trial_id, named.arm_number, named.intervention_name
    from clean.trial_arm_intervention as named
    inner join (select trial_id, count(*) as arm_count from clean.trial_arm group by trial_id) as planned
        using (trial_id)
    qualify count(*) over (partition by named.trial_id, named.intervention_name) < greatest(planned.arm_count, 2)
),

other_active as (
    select distinct own.trial_id, own.arm_number, true as is_active
    from own
    left join codes.trial_control as code on contains(words_of(own.intervention_name), ' ' || code.name || ' ')
    where code.name is null
),

judged as (
    select
        groups.trial_id,
        groups.arm_id,
        case
            -- its people took every treatment of a crossover: neither treated nor compared
            when sequence.sequence_basis is not null then ['unknown', 'sequence of treatments']
            when treated.arm_id is not null then ['active', treated.drug_basis]
            when list_contains(control.roles, 'active_placebo') then ['active_placebo', 'stated']
            -- the shared background alone, unless a dummy was given with it
            when
                background.arm_id is not null
                and not list_contains(coalesce(control.roles, []), 'placebo')
                and coalesce(planned.arm_type, '') not in ('PLACEBO_COMPARATOR', 'SHAM_COMPARATOR')
                then ['no_treatment', background.background_basis]
            when planned.arm_type = 'ACTIVE_COMPARATOR' and other_active.is_active and background.arm_id is null
                then ['active', 'stated']
            when list_contains(control.titled_roles, 'placebo') then ['placebo', 'stated']
            when planned.arm_type in ('PLACEBO_COMPARATOR', 'SHAM_COMPARATOR') then ['placebo', 'stated']
            when list_contains(control.titled_roles, 'no_treatment') then ['no_treatment', 'stated']
            when planned.arm_type = 'NO_INTERVENTION' then ['no_treatment', 'stated']
            when other_active.is_active and background.arm_id is null then ['active', 'inferred']
            when list_contains(control.roles, 'placebo') then ['placebo', 'inferred']
            when list_contains(control.roles, 'no_treatment') then ['no_treatment', 'inferred']
            else ['unknown', 'unknown']
        end as verdict
    from intermediate.trial_group_posted as groups
    left join clean.trial_arm as planned using (trial_id, arm_number)
    left join intermediate.trial_group_sequence as sequence using (trial_id, arm_id)
    left join treated using (trial_id, arm_id)
    left join control using (trial_id, arm_id)
    left join other_active using (trial_id, arm_number)
    left join intermediate.trial_group_background as background
        on groups.trial_id = background.trial_id and groups.arm_id = background.arm_id
)

select trial_id, arm_id, verdict[1] as role, verdict[2] as role_basis
from judged
