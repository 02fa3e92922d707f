-- How many rows of each detail table of a delivery belong to a report of that delivery and how many to none, and how
-- many of its reports have no row there.
-- grain  one row per delivery and detail table (drug, reac, outc, rpsr, ther, indi), with or without rows
-- key    period, table_name
-- not    the rows of current cases: superseded and deleted reports have their rows too
with report as (
    select distinct
        period, number_text(primaryid) as report_id, if(era = 'laers', '', number_text(caseid)) as case_id
    from raw.faers_demo
),

detail as (
    select 'drug' as table_name, period, era, primaryid, caseid from raw.faers_drug
    union all
    select 'reac', period, era, primaryid, caseid from raw.faers_reac
    union all
    select 'outc', period, era, primaryid, caseid from raw.faers_outc
    union all
    select 'rpsr', period, era, primaryid, caseid from raw.faers_rpsr
    union all
    select 'ther', period, era, primaryid, caseid from raw.faers_ther
    union all
    select 'indi', period, era, primaryid, caseid from raw.faers_indi
),

counted as (
    select
        table_name, period, number_text(primaryid) as report_id,
        if(era = 'laers', '', number_text(caseid)) as case_id, count(*) as row_count
    from detail
    group by all
),

delivery as (
    select period, count(*) as report_row_count from raw.faers_demo group by period
),

reported as (
    select period, count(*) as report_count from report group by period
)

select
    delivery.period, listed.table_name, delivery.report_row_count,
    coalesce(sum(counted.row_count), 0)::bigint as row_count,
    coalesce(sum(counted.row_count) filter (where report.report_id is null), 0)::bigint as orphan_row_count,
    count(counted.row_count) filter (where report.report_id is null) as orphan_report_count,
    any_value(reported.report_count) - count(report.report_id) as bare_report_count
from delivery
inner join reported on delivery.period = reported.period
cross join (values ('drug'), ('reac'), ('outc'), ('rpsr'), ('ther'), ('indi')) as listed (table_name)
left join counted on counted.period = delivery.period and counted.table_name = listed.table_name
left join report
    on report.period = counted.period and report.report_id = counted.report_id and report.case_id = counted.case_id
group by delivery.period, listed.table_name, delivery.report_row_count
