-- Cases that entered or left a published count of a watched drug since the live snapshot.
-- grain  one row per case and count that it entered or left
-- key    row_key, column_name, source, case_id
-- not    cases that stay and say something else; empty where there is no live snapshot
-- Where the live snapshot lacks one of these tables, or its key, nothing can be compared.
with held as (
    select count(distinct table_name) as table_count
    from before.held
    where table_name in ('events.reported', 'events.case', 'events.exposed_case')
    having count(distinct table_name) = 3
),

reported as (
    select
        reported.source, reported.case_id, reported.drug, reported.route, reported.reaction, reported.definition,
        cases.is_serious, cases.is_fatal
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    cross join held
),

reported_before as (
    select
        reported.source, reported.case_id, reported.drug, reported.route, reported.reaction, reported.definition,
        cases.is_serious, cases.is_fatal
    from before.events_reported as reported
    inner join before.events_case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    cross join held
),

-- What is the same on both sides leaves first, so that only the difference is grouped.
differing as (
    select true as is_now, * from (select * from reported except select * from reported_before)
    union all
    select false as is_now, * from (select * from reported_before except select * from reported)
),

counted as (
    select
        differing.is_now, differing.source, differing.case_id, differing.drug, differing.route, differing.reaction,
        differing.definition, measure.column_name
    from differing
    cross join
        lateral (
            values
            ('case_count', true), ('serious_case_count', differing.is_serious), ('fatal_case_count', differing.is_fatal)
        ) as measure (column_name, is_counted)
    where measure.is_counted
),

entered as (
    select
        concat_ws(' | ', source, drug, route, reaction, definition) as row_key, column_name, source, case_id, drug,
        route, reaction, definition, bool_or(is_now) as is_gained
    from counted
    group by source, case_id, drug, route, reaction, definition, column_name
    having count(*) = 1
),

exposed as (
    select true as is_gained, *
    from (
        select exposed_case.* from events.exposed_case as exposed_case cross join held
        except
        select * from before.events_exposed_case
    )
    union all
    select false as is_gained, *
    from (
        select exposed_case.* from before.events_exposed_case as exposed_case cross join held
        except
        select * from events.exposed_case
    )
)

select row_key, column_name, source, case_id, drug, route, reaction, definition, is_gained
from entered
union all
select
    concat_ws(' | ', source, drug, route) as row_key, 'drug_route_case_count' as column_name, source, case_id, drug,
    route, null as reaction, null as definition, is_gained
from exposed
