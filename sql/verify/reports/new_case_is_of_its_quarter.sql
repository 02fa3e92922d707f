-- Cases of the sequential test that are not those new in their quarter: missing, or there without reason.
-- grain  one row per quarter and case that breaks the rule: empty when each quarter has its new cases once
-- key    quarter, case_id
-- not    a check of cases that a later delivery brings: they are in no quarter of the test
-- why    a new case that is left out or made up changes the margins of every test of its quarter
with stated as (
    select version.period as quarter, version.case_id
    from typed.faers_case_version as version
    where version.era = 'faers' and version.report_id is not null and version.case_id is not null
        and version.period >= (select value from codes.sequential_plan where name = 'start_quarter')
    group by version.period, version.case_id
    having max(if(version.first_received_quarter = version.period, 1, 0)) = 1
),

expected as (
    select stated.quarter, stated.case_id
    from stated
    where not exists (
            select 1 from typed.faers_deletion as deletion
            where deletion.period = stated.quarter and deletion.case_id = stated.case_id
        )
),

tested as (
    select quarter, case_id, count(*) as case_count
    from events.new_case
    where source = 'faers'
    group by quarter, case_id
)

select quarter, case_id, tested.case_count
from expected
full join tested using (quarter, case_id)
where tested.case_count is distinct from 1 or expected.case_id is null
