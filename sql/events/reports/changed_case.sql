-- Each case that entered or left a published count or a flag of a watched drug since the live snapshot, and why.
-- grain  one row per changed thing (table, row and column) and case
-- key    table_name, row_key, column_name, source, case_id
-- not    all cases behind a count: those that stayed are in cases_behind; empty where there was no live snapshot
with changed as (
    select
        'summary.reported_by_drug_route' as table_name, row_key, column_name, source, case_id, drug, route, reaction,
        definition, 'primary' as analysis, is_gained
    from intermediate.changed_cell_case
    union all
    select
        behind.table_name, behind.row_key, behind.column_name, behind.source, behind.case_id, flag.drug, flag.route,
        flag.reaction, flag.definition, flag.analysis, behind.is_gained
    from intermediate.changed_flag_case as behind
    inner join intermediate.changed_flag as flag
        on flag.table_name = behind.table_name and flag.row_key = behind.row_key
            and flag.column_name = behind.column_name
),

arrived as (
    select distinct source from intermediate.changed_delivery
),

cause as (
    select source, case_id, 'any' as analysis, reason from intermediate.changed_case_reason
    union all
    -- These analyses set a case aside for what other cases say.
    select changed.source, changed.case_id, changed.analysis, 'other_records' as reason
    from changed
    inner join arrived on arrived.source = changed.source
    where changed.analysis in ('without_duplicates', 'without_dominating_drug')
    union
    select changed.source, changed.case_id, 'any' as analysis, general.reason
    from changed
    cross join (select distinct reason from before.cause) as general
),

ranked as (
    select cause.source, cause.case_id, cause.analysis, known.position::integer as position, cause.reason
    from cause
    inner join codes.change_reason as known on known.reason = cause.reason
),

explained as (
    select
        changed.table_name, changed.row_key, changed.column_name, changed.source, changed.case_id,
        arg_min(ranked.reason, ranked.position) as reason,
        string_agg(ranked.reason, ' ' order by ranked.position) as all_reasons
    from changed
    inner join ranked on ranked.source = changed.source and ranked.case_id = changed.case_id
    where ranked.analysis in ('any', changed.analysis)
    group by changed.table_name, changed.row_key, changed.column_name, changed.source, changed.case_id
)

select
    changed.table_name, changed.row_key, changed.column_name, changed.source, changed.case_id, changed.drug,
    changed.route, changed.reaction, changed.definition, if(changed.is_gained, 'gained', 'lost') as change,
    coalesce(explained.reason, 'unexplained') as reason,
    coalesce(explained.all_reasons, 'unexplained') as all_reasons
from changed
left join explained using (table_name, row_key, column_name, source, case_id)
