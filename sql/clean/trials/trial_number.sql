-- Each registry number under which a study was received, the study's present number, and that number's current record.
-- grain  one row per registry number
-- key    registry_number
-- not    studies: a study received under a previous number and its present one has a row for each

with recursive

-- updated last by the registry, then received last
ranked as (
    select
        *,
        row_number() over (
            order by
                last_update_date desc nulls last, received_at desc, delivery_id desc, member desc, record_number desc
        ) as recency_rank
    from typed.clinicaltrials_trial
),

current_record as (
    select trial_id, previous_numbers, recency_rank, delivery_id, member, record_number
    from ranked
    qualify row_number() over (partition by trial_id order by recency_rank) = 1
),

-- a number without a record of its own hides nothing
listed as (
    select distinct listing.trial_id as later_number, previous.trial_id as previous_number
    from (select trial_id, unnest(previous_numbers) as previous_number from current_record) as listing
    inner join current_record as previous on listing.previous_number = previous.trial_id
    where listing.trial_id <> previous.trial_id
),

-- a previous number may have a previous number of its own
reached as (
    select later_number, previous_number from listed
    union
    select reached.later_number, listed.previous_number
    from reached
    inner join listed on reached.previous_number = listed.later_number
),

-- of numbers that list each other the one updated last is present
superseded as (
    select reached.previous_number as registry_number, reached.later_number, later.recency_rank
    from reached
    inner join current_record as later on reached.later_number = later.trial_id
    inner join current_record as previous on reached.previous_number = previous.trial_id
    left join reached as mutual
        on reached.later_number = mutual.previous_number and reached.previous_number = mutual.later_number
    where mutual.later_number is null or later.recency_rank < previous.recency_rank
),

-- a number that two studies list leads to the one updated last: both are in the registry and stay apart
present as (
    select superseded.registry_number, arg_min(superseded.later_number, superseded.recency_rank) as trial_id
    from superseded
    anti join superseded as other on superseded.later_number = other.registry_number
    group by superseded.registry_number
)

select
    recorded.trial_id as registry_number,
    coalesce(present.trial_id, recorded.trial_id) as trial_id,
    recorded.delivery_id,
    recorded.member,
    recorded.record_number
from current_record as recorded
left join present on recorded.trial_id = present.registry_number
