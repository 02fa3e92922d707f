-- Event groups that count the people of another group again at a later time: the same title under another number.
-- grain  one row per event group of a later week, day, session, visit or cycle
-- key    trial_id, arm_id
-- not    a later period such as an extension, which intermediate.trial_group knows by its word

with timed as (
    select
        posted.trial_id,
        posted.arm_id,
        word.time_order,
        word.timeless_title,
        posted.participants_at_risk > 0 and not word.is_total as is_counted,
        -- in parallel groups separate arms hold different people even where their titles differ by a day only
        case when not trial.is_crossover then posted.arm_number end as own_arm_number
    from intermediate.trial_group_posted as posted
    inner join clean.trial as trial using (trial_id)
    inner join intermediate.trial_group_period as word
        on word.trial_id = posted.trial_id and word.arm_id = posted.arm_id and word.time_order is not null
)

select distinct later.trial_id, later.arm_id
from timed as later
inner join timed as earlier
    on
        earlier.trial_id = later.trial_id
        and earlier.timeless_title = later.timeless_title
        and earlier.time_order < later.time_order
        and earlier.is_counted
        and coalesce(earlier.own_arm_number = later.own_arm_number, true)
