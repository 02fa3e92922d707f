-- Each case as the delivery of the quarter in which it was first received reports it, from the first quarter of the
-- sequential test on. No later version, deletion or delivery changes it.
-- grain  one row per case first received in a quarter of the test that its own delivery holds
-- key    source, quarter, case_id
-- not    the case as it is known today, nor every case: one that a later delivery brings first is not here
with plan as (
    select value as start_quarter from codes.sequential_plan where name = 'start_quarter'
)

select 'faers' as source, version.period as quarter, version.case_id, version.report_id
from typed.faers_case_version as version
inner join plan on version.period >= plan.start_quarter
left join typed.faers_deletion as deletion
    on deletion.period = version.period and deletion.case_id = version.case_id
-- The legacy layout does not state when a case was first received.
where version.era = 'faers' and version.first_received_quarter = version.period
    and version.case_id is not null and version.report_id is not null and deletion.case_id is null
qualify row_number() over (
        partition by version.period, version.case_id
        order by
            version.version_number desc nulls last, version.received_date desc nulls last,
            version.report_number desc nulls last, version.report_id desc
    ) = 1
