-- Cases said to have entered a count that it does not hold, or to have left one that it holds.
-- grain  one row per case, drug, route, reaction and definition that breaks the rule
-- key    row_key, column_name, source, case_id
-- not    a check of the live snapshot, which was judged when it was built
-- why    the cases behind a change are opened one by one, and each must be where the change puts it
with holds as (
    select
        concat_ws(' | ', source, drug, route, reaction, definition) as row_key, 'case_count' as column_name, source,
        case_id
    from events.reported
    union all
    select
        concat_ws(' | ', source, drug, route) as row_key, 'drug_route_case_count' as column_name, source, case_id
    from events.exposed_case
)

select changed.row_key, changed.column_name, changed.source, changed.case_id, changed.change
from events.changed_case as changed
left join holds
    on holds.row_key = changed.row_key and holds.column_name = changed.column_name
        and holds.source = changed.source and holds.case_id = changed.case_id
where changed.table_name = 'summary.reported_by_drug_route'
    and changed.column_name in ('case_count', 'drug_route_case_count')
    and (changed.change = 'gained') <> (holds.case_id is not null)
