-- Event groups that hold the people of other groups of their trial, by their title or by their numbers.
-- grain  one row per event group that is a total
-- key    trial_id, arm_id
-- not    a later period: those people are the same too, and intermediate.trial_group sets them aside

-- the title "all ketamine doses" is a total of ketamine, "total" one of everybody
with meant as (
    select distinct
        word.trial_id,
        word.arm_id,
        coalesce(named.drug, control.role, 'trial') as scope
    from intermediate.trial_group_period as word
    left join intermediate.trial_group_mention as named
        on named.trial_id = word.trial_id and named.arm_id = word.arm_id and named.text_source = 'title'
    left join intermediate.trial_group_control as control
        on control.trial_id = word.trial_id and control.arm_id = word.arm_id and control.is_titled
    where word.is_total
),

-- a total of everybody needs no part of the main period: all others may be later periods
other as (
    select trial_id, arm_id, scope from intermediate.trial_group_scope
    union
    select each.trial_id, each.arm_id, 'trial'
    from intermediate.trial_group_posted as each
    left join meant using (trial_id, arm_id)
    where meant.scope is null
),

-- a pooled group whose parts were not posted is no total: nothing else was posted of them
titled as (
    select distinct meant.trial_id, meant.arm_id
    from meant
    inner join other on other.trial_id = meant.trial_id and other.scope = meant.scope and other.arm_id <> meant.arm_id
),

-- two arms may add up to a third by chance, but hardly ever in the people affected of every posted row
summed as (
    select distinct added.trial_id, added.arm_id
    from intermediate.trial_group_sum as added
    inner join intermediate.trial_group_posted as posted using (trial_id, arm_id)
    left join intermediate.trial_group_period as word on word.trial_id = added.trial_id and word.arm_id = added.arm_id
    left join intermediate.trial_group_scope as own
        on own.trial_id = added.trial_id and own.arm_id = added.arm_id and own.scope = added.scope
    where
        added.differing_count = 0
        and posted.link_basis <> 'same title'
        and word.is_total is distinct from true
        and (
            coalesce(word.is_pool, false)
            or own.scope is not null
            and added.agreeing_count >= case when posted.link_basis = 'unlinked' then 2 else 3 end
        )
)

select trial_id, arm_id, 'its title' as total_basis from titled
union all
select trial_id, arm_id, 'its numbers' from summed
