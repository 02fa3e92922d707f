-- Where the files state each case that names a drug of the watch list: the lines of its current version, by delivery
-- and member. The lines of reactions, outcomes and earlier versions are printed by `nightvigil trace`.
-- grain  one row per source, case and table of the delivery
-- key    source, case_id, table_name
-- not    the bytes, and not every line: a published file holds no line of reactions and outcomes
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
),

line as (
    select watched.case_id, 'demo' as table_name, version.line_number
    from watched
    inner join clean.faers_version as version
        on version.period = watched.period and version.report_id = watched.report_id
            and version.case_id = watched.case_id
    union
    select case_id, 'drug', line_number from clean.faers_drug
    union
    select exposure.case_id, 'drug', exposure.line_number
    from events.exposure as exposure
    inner join watched on watched.case_id = exposure.case_id
    where exposure.source = 'faers' and exposure.line_number is not null
    union
    select case_id, 'indi', line_number from clean.faers_indication
    union
    select case_id, 'ther', line_number from clean.faers_therapy
),

member as (
    select delivery.period, delivery.delivery_id, listed.table_name, listed.member
    from meta.delivery as delivery
    inner join meta.delivery_table as listed
        on listed.source = delivery.source and listed.delivery_id = delivery.delivery_id
    where delivery.source = 'faers' and delivery.is_current
)

select
    'faers' as source, line.case_id, line.table_name, watched.period, any_value(member.delivery_id) as delivery_id,
    any_value(member.member) as member,
    string_agg(line.line_number::varchar, ', ' order by line.line_number) as line_numbers_text
from line
inner join watched on watched.case_id = line.case_id
left join member on member.period = watched.period and member.table_name = line.table_name
group by line.case_id, line.table_name, watched.period
