-- The flow of participants a study posted: who started, completed and left, by period, and the reasons for leaving.
-- grain  one row per period, milestone or reason, and group of a study record
-- key    delivery_id, member, record_number, period_number, entry_kind, entry_number, count_number
-- not    event groups: the groups of the flow have numbers and titles of their own

with recorded as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.resultsSection.participantFlowModule',
            '{"groups": [{"id": "VARCHAR", "title": "VARCHAR"}],
              "periods": [{"title": "VARCHAR",
                           "milestones": [{"type": "VARCHAR",
                                           "achievements": [{"groupId": "VARCHAR", "numSubjects": "VARCHAR"}]}],
                           "dropWithdraws": [{"type": "VARCHAR",
                                              "reasons": [{"groupId": "VARCHAR", "numSubjects": "VARCHAR"}]}]}]}'
        ) as flow
    from raw.clinicaltrials_record
),

period as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        flow.groups as groups,
        unnest(flow.periods) as one,
        unnest(range(1, len(flow.periods) + 1)) as period_number
    from recorded
),

milestone as (
    select *, unnest(one.milestones) as entry, unnest(range(1, len(one.milestones) + 1)) as entry_number from period
),

reason as (
    select *, unnest(one.dropWithdraws) as entry, unnest(range(1, len(one.dropWithdraws) + 1)) as entry_number
    from period
),

entry as (
    select
        * exclude (one, entry),
        one.title as period_title,
        'milestone' as entry_kind,
        entry.type as entry_text,
        entry.achievements as counts
    from milestone
    union all
    select * exclude (one, entry), one.title, 'reason', entry.type, entry.reasons
    from reason
),

counted as (
    select * exclude (counts), unnest(counts) as one, unnest(range(1, len(counts) + 1)) as count_number from entry
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    period_number,
    entry_kind,
    entry_number,
    count_number,
    period_title,
    entry_text,
    one.groupId as group_id,
    list_filter(groups, lambda each: each.id = one.groupId)[1].title as group_title,
    try_cast(one.numSubjects as uinteger)::bigint as participant_count
from counted
