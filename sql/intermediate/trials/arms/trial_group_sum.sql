-- Event groups with as many participants as at least two parts of a whole together, compared row by row with them.
-- grain  one row per event group and whole whose parts add up to its people at risk
-- key    trial_id, arm_id, scope
-- not    a total yet: two arms may add up to a third by chance

with sized as (
    select
        posted.trial_id,
        posted.arm_id,
        part.scope
    from intermediate.trial_group_posted as posted
    inner join intermediate.trial_group_scope as part
        on part.trial_id = posted.trial_id and part.arm_id <> posted.arm_id and part.participants_at_risk > 0
    group by posted.trial_id, posted.arm_id, part.scope
    having count(*) > 1 and max(posted.participants_at_risk) = sum(part.participants_at_risk)
),

member as (
    select trial_id, arm_id, scope, arm_id as member_id, true as is_whole from sized
    union all
    select sized.trial_id, sized.arm_id, sized.scope, part.arm_id, false
    from sized
    inner join intermediate.trial_group_scope as part
        on part.trial_id = sized.trial_id and part.scope = sized.scope and part.arm_id <> sized.arm_id
),

-- the people affected by each posted row, and by any serious or any other event where every group states it
counted as (
    select
        trial_id, arm_id as member_id, concat_ws(' ', is_serious, term_number) as what, participants_affected as people
    from clean.trial_event
    union all
    select trial_id, arm_id, 'any serious', serious_participants_affected from intermediate.trial_group_posted
    union all
    select trial_id, arm_id, 'any other', other_participants_affected from intermediate.trial_group_posted
),

compared as (
    select
        member.trial_id,
        member.arm_id,
        member.scope,
        counted.what,
        sum(counted.people) filter (where member.is_whole) as people_of_whole,
        case
            when
                not starts_with(counted.what, 'any')
                then coalesce(sum(counted.people) filter (where not member.is_whole), 0)
            when count(*) = count(counted.people) then sum(counted.people) filter (where not member.is_whole)
        end as people_of_parts
    from member
    inner join counted using (trial_id, member_id)
    group by member.trial_id, member.arm_id, member.scope, counted.what
)

select
    sized.trial_id,
    sized.arm_id,
    sized.scope,
    count(*) filter (compared.people_of_whole = compared.people_of_parts and compared.people_of_whole > 0)
        as agreeing_count,
    count(*) filter (compared.people_of_whole <> compared.people_of_parts) as differing_count
from sized
left join compared using (trial_id, arm_id, scope)
group by sized.trial_id, sized.arm_id, sized.scope
