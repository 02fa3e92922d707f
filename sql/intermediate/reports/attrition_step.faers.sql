-- How many records and cases of FAERS leave at each step after the lines, and why.
-- grain  one row per step
-- key    source, step_number
-- not    a running account: summary.attrition states what comes into each step
with ledger as (
    select
        delivery.source,
        sum(counted.record_count) filter (where delivery.is_current and counted.table_name <> 'demo') as detail
    from meta.delivery_table as counted
    inner join meta.delivery as delivery
        on delivery.source = counted.source and delivery.delivery_id = counted.delivery_id
    where delivery.source = 'faers'
    group by delivery.source
),

version as (
    select
        sum(line_count - 1) as repeated, count(*) filter (where disposition = 'no case number') as numberless,
        count(*) filter (where disposition = 'deleted') as deleted,
        count(*) filter (where disposition = 'counted under another case number') as merged,
        count(*) filter (where disposition = 'superseded') as superseded,
        count(distinct case_id) filter (where disposition <> 'no case number') as cases
    from clean.faers_version
),

merged_case as (
    -- Cases of which every report that was not deleted is counted under another number.
    select count(distinct version.case_id) as cases
    from clean.faers_version as version
    left join clean.faers_case as faers_case on faers_case.case_id = version.case_id
    where version.disposition = 'counted under another case number' and faers_case.case_id is null
),

orphan as (
    select coalesce(sum(orphan_row_count), 0) as detail_rows from clean.faers_detail_count
),

cases as (
    select
        (select count(*) from events.case where source = 'faers') as standing,
        (select count(distinct case_id) from events.exposure where source = 'faers' and drug is not null) as naming,
        (select count(distinct case_id) from events.exposed_case where source = 'faers') as suspecting,
        (select count(distinct case_id) from events.reported where source = 'faers') as reporting
)

select
    ledger.source, step.step_number, step.step, step.reason, null::bigint as rows_received,
    coalesce(step.rows_left, 0)::bigint as rows_left, step.cases_received::bigint as cases_received,
    step.cases_left::bigint as cases_left
from ledger
cross join version
cross join merged_case
cross join orphan
cross join cases
cross join lateral (
    values
    (
        6, 'records', orphan.detail_rows, null, null,
        'its report is missing in its delivery (clean.faers_detail_count)'
    ),
    (
        7,
        'records with their report',
        ledger.detail - orphan.detail_rows,
        null,
        null,
        'detail of a case (drug, reaction, ...)'
    ),
    (8, 'reports', version.repeated, null, null, 'repeats a report of the same delivery'),
    (9, 'versions', version.numberless, version.cases, 0, 'no case number or no report number'),
    (10, 'versions of cases', version.deleted, null, version.cases - cases.standing - merged_case.cases, 'deleted'),
    (
        11, 'versions not deleted', version.merged, null, merged_case.cases,
        'a legacy report that is counted under another case number'
    ),
    (12, 'versions under their case number', version.superseded, null, 0, 'superseded by a later version'),
    (
        13, 'cases', cases.standing - cases.naming, null, cases.standing - cases.naming,
        'names no drug of the watch list'
    ),
    (
        14, 'cases naming a drug', cases.naming - cases.suspecting, null, cases.naming - cases.suspecting,
        'names it as concomitant only'
    ),
    (
        15, 'cases suspecting a drug', cases.suspecting - cases.reporting, null, cases.suspecting - cases.reporting,
        'reports no reaction of the watch list'
    )
) as step (step_number, step, rows_left, cases_received, cases_left, reason)
