-- Why a case may have entered or left a count: what arrived, left or was withdrawn of the case itself.
-- grain  one row per case that entered or left anything, and reason that holds for it
-- key    source, case_id, reason
-- not    causes that hold for every case alike: code lists and code; a case may have no row
with changed as (
    select source, case_id from intermediate.changed_cell_case
    union
    select source, case_id from intermediate.changed_flag_case
),

version as (
    select true as is_now, 'faers' as source, landed.case_id, landed.period, landed.report_id, landed.disposition
    from clean.faers_version as landed
    where landed.case_id in (select case_id from changed)
    union all
    select false as is_now, 'faers' as source, landed.case_id, landed.period, landed.report_id, landed.disposition
    from before.clean_faers_version as landed
    where landed.case_id in (select case_id from changed)
),

counted as (
    select
        changed.source, changed.case_id, cases.period as period_now, cases.report_id as report_now,
        earlier.period as period_before, earlier.report_id as report_before
    from changed
    left join events.case as cases on cases.source = changed.source and cases.case_id = changed.case_id
    left join before.events_case as earlier on earlier.source = changed.source and earlier.case_id = changed.case_id
),

-- Each version beside the one that each snapshot counts.
matched as (
    select
        counted.*, version.is_now, version.disposition,
        coalesce(version.period = counted.period_now and version.report_id = counted.report_now, false)
            as is_counted_now,
        coalesce(version.period = counted.period_before and version.report_id = counted.report_before, false)
            as is_counted_before
    from counted
    left join version on version.source = counted.source and version.case_id = counted.case_id
),

known as (
    select
        source, case_id, period_now, report_now, period_before, report_before,
        coalesce(bool_or(not is_now), false) as was_landed,
        coalesce(bool_or(not is_now and is_counted_now), false) as was_landed_now,
        coalesce(bool_or(is_now and is_counted_before), false) as is_landed_before,
        coalesce(
            bool_or(disposition = 'deleted' and if(is_now, is_counted_before, is_counted_now)), false
        ) as is_deleted,
        coalesce(
            bool_or(
                disposition = 'counted under another case number' and if(is_now, is_counted_before, is_counted_now)
            ), false
        ) as is_elsewhere
    from matched
    group by source, case_id, period_now, report_now, period_before, report_before
),

reissued as (
    -- Of a period that is new or gone altogether nothing was replaced.
    select source, period
    from intermediate.changed_delivery
    group by source, period
    having bool_or(not is_received)
)

select known.source, cause.reason, known.case_id
from known
left join reissued as reissued_now
    on known.was_landed_now and reissued_now.source = known.source and reissued_now.period = known.period_now
left join reissued as reissued_before
    on reissued_before.source = known.source and reissued_before.period = known.period_before
cross join
    lateral (
        values
        ('deletion', known.is_deleted),
        ('new_case', known.report_before is null and known.report_now is not null and not known.was_landed),
        (
            'new_version',
            known.report_now is not null and not known.was_landed_now
            and (known.was_landed or known.report_before is not null)
            and (known.period_now, known.report_now) is distinct from (known.period_before, known.report_before)
        ),
        ('other_case_number', known.is_elsewhere),
        (
            'reissue',
            reissued_now.period is not null or reissued_before.period is not null
            or (known.report_before is not null and known.was_landed and not known.is_landed_before)
        )
    ) as cause (reason, holds)
where cause.holds
