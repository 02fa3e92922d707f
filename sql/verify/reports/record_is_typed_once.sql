-- Tables of a current FAERS delivery of which not every record was typed exactly once.
-- grain  one row per period and table that breaks the rule: empty when raw and typed rows agree
-- key    period, table_name
-- not    a check of meaning: a record typed wrongly is still typed once
-- why    a record that is typed twice counts twice, one that is not typed is lost
with typed_rows as (
    select period, 'demo' as table_name, sum(line_count) as row_count from typed.faers_case_version group by period
    union all
    select period, 'drug', count(*) filter (where ingredient_number = 1 and route_number = 1)
    from typed.faers_exposure
    group by period
    union all
    select period, 'reac', sum(line_count) from typed.faers_reaction group by period
    union all
    select period, 'outc', sum(line_count) from typed.faers_outcome group by period
    union all
    select period, 'rpsr', sum(line_count) from typed.faers_report_source group by period
    union all
    select period, 'ther', count(*) from typed.faers_therapy group by period
    union all
    select period, 'indi', count(*) from typed.faers_indication group by period
    union all
    select period, 'deleted', sum(line_count) from typed.faers_deletion group by period
),

staged as (
    -- A second list of deleted cases is staged as deleted_1, and so on.
    select
        delivery.period, split_part(delivery_table.table_name, '_', 1) as table_name,
        sum(delivery_table.record_count) as record_count
    from meta.delivery_table as delivery_table
    inner join meta.delivery as delivery
        on delivery.source = delivery_table.source and delivery.delivery_id = delivery_table.delivery_id
    where delivery.source = 'faers' and delivery.is_current
    group by all
)

select
    coalesce(staged.period, typed_rows.period) as period,
    coalesce(staged.table_name, typed_rows.table_name) as table_name,
    coalesce(staged.record_count, 0)::bigint as record_count, coalesce(typed_rows.row_count, 0)::bigint as row_count
from staged
full join typed_rows on typed_rows.period = staged.period and typed_rows.table_name = staged.table_name
where coalesce(staged.record_count, 0) <> coalesce(typed_rows.row_count, 0)
