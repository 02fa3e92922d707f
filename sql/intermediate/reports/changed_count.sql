-- Published counts of cases of the watched drugs that moved since the live snapshot, or whose cases are others.
-- grain  one row per count of a cell; drug_route_case_count once for each drug and route
-- key    table_name, row_key, column_name
-- not    cells of 0 that are new or gone; counts without probable duplicates, which move with other cases
with cell as (
    select
        is_now, source, drug, route, reaction, definition, case_count, serious_case_count, fatal_case_count
    from (
        select true as is_now, * from summary.reported_by_drug_route
        union all by name
        select false as is_now, * from before.summary_reported_by_drug_route
    )
),

exposed as (
    select distinct is_now, source, drug, route, drug_route_case_count
    from (
        select true as is_now, source, drug, route, drug_route_case_count from summary.reported_by_drug_route
        union all
        select false as is_now, source, drug, route, drug_route_case_count
        from before.summary_reported_by_drug_route
    )
),

counted as (
    select
        concat_ws(' | ', cell.source, cell.drug, cell.route, cell.reaction, cell.definition) as row_key,
        measure.column_name, cell.source, cell.drug, cell.route, cell.reaction, cell.definition, cell.is_now,
        measure.case_count
    from cell
    cross join
        lateral (
            values
            ('case_count', cell.case_count), ('serious_case_count', cell.serious_case_count),
            ('fatal_case_count', cell.fatal_case_count)
        ) as measure (column_name, case_count)
    union all
    select
        concat_ws(' | ', source, drug, route) as row_key, 'drug_route_case_count' as column_name, source, drug, route,
        null as reaction, null as definition, is_now, drug_route_case_count
    from exposed
),

compared as (
    select
        'summary.reported_by_drug_route' as table_name, counted.row_key, counted.column_name,
        any_value(counted.source) as source, any_value(counted.drug) as drug, any_value(counted.route) as route,
        any_value(counted.reaction) as reaction, any_value(counted.definition) as definition,
        max(counted.case_count) filter (where not counted.is_now) as count_before,
        max(counted.case_count) filter (where counted.is_now) as count_now
    from counted
    inner join before.held as held
        on held.table_name = 'summary.reported_by_drug_route' and held.column_name = counted.column_name
    -- Of a live snapshot whose cases cannot be compared, counts that move would have no cases.
    where
        (
            select count(distinct events.table_name)
            from before.held as events
            where events.table_name in ('events.reported', 'events.case', 'events.exposed_case')
        ) = 3
    group by counted.row_key, counted.column_name
),

other_cases as (
    select distinct row_key, column_name from intermediate.changed_cell_case
)

select
    compared.table_name, compared.row_key, compared.column_name, compared.source, compared.drug, compared.route,
    compared.reaction, compared.definition, compared.count_before, compared.count_now
from compared
left join other_cases
    on other_cases.row_key = compared.row_key and other_cases.column_name = compared.column_name
where other_cases.row_key is not null or coalesce(compared.count_before, 0) <> coalesce(compared.count_now, 0)
