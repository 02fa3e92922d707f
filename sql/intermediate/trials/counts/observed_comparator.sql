-- As what each arm is compared with a drug it was not given: its role, or what it was given in place of the drug.
-- grain  one row per drug and arm of the same trial without it
-- key    drug, trial_id, arm_id
-- not    the role of the arm: magnesium alone is an active arm, and no treatment for ketamine added to magnesium

with treated as (
    select distinct drug, trial_id, arm_id from intermediate.observed_drug_arm
),

compared as (
    select distinct given.drug, other.trial_id, other.arm_id, other.role
    from events.observed_arm as other
    inner join (select distinct drug, trial_id from treated) as given using (trial_id)
    anti join treated as same
        on other.trial_id = same.trial_id and other.arm_id = same.arm_id and given.drug = same.drug
    where other.role <> 'unknown' and not other.is_overlapping and other.participants_at_risk > 0
),

received as (
    select trial_id, arm_id, list(distinct drug) as drugs
    from events.observed_arm
    where drug is not null
    group by trial_id, arm_id
),

registered as (
    select posted.trial_id, posted.arm_id, list(distinct named.intervention_name) as names
    from intermediate.trial_group_posted as posted
    inner join clean.trial_arm_intervention as named using (trial_id, arm_number)
    group by posted.trial_id, posted.arm_id
),

-- watched drugs that an arm of the drug was given too are background
shared as (
    select
        compared.drug,
        compared.trial_id,
        compared.arm_id,
        list_filter(
            coalesce(own.names, []), lambda name: not list_contains(coalesce(beside.names, []), name)
        ) as names_instead
    from compared
    inner join received as background using (trial_id, arm_id)
    inner join treated on compared.drug = treated.drug and compared.trial_id = treated.trial_id
    inner join received as whole on treated.trial_id = whole.trial_id and treated.arm_id = whole.arm_id
    left join registered as own on compared.trial_id = own.trial_id and compared.arm_id = own.arm_id
    left join registered as beside on treated.trial_id = beside.trial_id and treated.arm_id = beside.arm_id
    where
        compared.role = 'active'
        and list_has_all(whole.drugs, background.drugs)
        -- the same drug by another route is no background of itself
        and array_length(whole.drugs) > array_length(background.drugs)
    qualify row_number() over (
            partition by compared.drug, compared.trial_id, compared.arm_id
            order by array_length(names_instead), treated.arm_id
        ) = 1
),

instead as (
    select
        shared.drug,
        shared.trial_id,
        shared.arm_id,
        list(coalesce(code.role, 'active')) filter (where piece.name is not null and mention.arm_id is null) as kinds
    from shared
    left join (select drug, trial_id, arm_id, unnest(names_instead) as name from shared) as piece
        using (drug, trial_id, arm_id)
    left join codes.trial_control as code on contains(words_of(piece.name), ' ' || code.name || ' ')
    left join (
        select distinct trial_id, arm_id, intervention_name from intermediate.trial_group_mention
    ) as mention
        on shared.trial_id = mention.trial_id
            and shared.arm_id = mention.arm_id
            and piece.name = mention.intervention_name
    group by shared.drug, shared.trial_id, shared.arm_id
)

select
    compared.drug,
    compared.trial_id,
    compared.arm_id,
    case
        when instead.arm_id is null or list_contains(instead.kinds, 'active') then compared.role
        when list_contains(instead.kinds, 'active_placebo') then 'active_placebo'
        when list_contains(instead.kinds, 'placebo') or dummy.arm_id is not null then 'placebo'
        else 'no_treatment'
    end as comparator
from compared
left join instead using (drug, trial_id, arm_id)
left join (select * from intermediate.trial_group_control where role = 'placebo' and is_titled) as dummy
    on compared.trial_id = dummy.trial_id and compared.arm_id = dummy.arm_id
