-- Each deleted-case listing and what it did.
-- grain  one row per period and case number listed
-- key    period, case_id
-- not    a verdict on the case: the agency gives no reason, and a later version returns
with landed as (
    select case_id, min(period) as first_period, max(period) as last_period
    from clean.faers_version
    group by case_id
)

select
    deletion.period, deletion.case_id,
    case
        when landed.case_id is null then 'case not landed'
        when landed.first_period > deletion.period then 'only later versions landed'
        when landed.last_period > deletion.period then 'removed, later version landed'
        else 'removed'
    end as effect,
    deletion.line_count
from typed.faers_deletion as deletion
left join landed on landed.case_id = deletion.case_id
where deletion.case_id is not null
