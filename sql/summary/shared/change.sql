-- What is different from the live snapshot that this one replaces, for the watched drugs: counts of cases, flags, and
-- headline effects and findings of trials, each with the cases or trials that came and went and the reason.
-- grain  one row per changed thing: a column of a row of a published table
-- key    table_name, row_key, column_name
-- not    a change in the world: a code list or code moves numbers as well, as `reason` says; rows do not add up, since a
--        case is in every route, definition and roll-up of its drug. Empty where there is no live snapshot
with thing as (
    select
        'reports' as wing, table_name, row_key, column_name, source, null as register, drug, route, reaction,
        definition, count_before, count_now, null::double as estimate_before, null::double as estimate_now,
        null::double as lower_before, null::double as lower_now, null::double as upper_before,
        null::double as upper_now, null as text_before, null as text_now,
        case when count_before is null then 'gained' when count_now is null then 'lost' else 'moved' end as change
    from intermediate.changed_count
    union all
    select
        'reports', table_name, row_key, column_name, source, null, drug, route, reaction, definition, count_before,
        count_now, null, null, null, null, null, null,
        case flag_before when true then 'raised' when false then 'not raised' else 'not judged' end,
        case flag_now when true then 'raised' when false then 'not raised' else 'not judged' end,
        if(coalesce(flag_now, false), 'gained', 'lost')
    from intermediate.changed_flag
    union all
    select
        'trials', table_name, row_key, column_name, null, register, drug, route, reaction, definition, count_before,
        count_now, estimate_before, estimate_now, lower_before, lower_now, upper_before, upper_now, text_before,
        text_now, case when is_new then 'gained' when is_gone then 'lost' else 'moved' end
    from intermediate.changed_effect
),

item as (
    select table_name, row_key, column_name, change, all_reasons from events.changed_case
    union all
    select table_name, row_key, column_name, change, all_reasons from events.changed_trial
),

counted as (
    select
        table_name, row_key, column_name, count(*) filter (where change = 'gained') as gained_count,
        count(*) filter (where change = 'lost') as lost_count, count(*) filter (where change = 'moved') as moved_count
    from item
    group by table_name, row_key, column_name
),

cause as (
    select distinct table_name, row_key, column_name, unnest(string_split(all_reasons, ' ')) as reason from item
    union
    select table_name, row_key, column_name, general.reason from thing cross join before.cause as general
    union
    -- Flags and effects are judged against other records as well.
    select thing.table_name, thing.row_key, thing.column_name, 'other_records'
    from thing
    inner join (
        select distinct source, if(source in ('clinicaltrials', 'studies'), 'trials', 'reports') as wing
        from intermediate.changed_delivery
    ) as arrived
        on arrived.wing = thing.wing and coalesce(thing.source, arrived.source) = arrived.source
    where thing.table_name <> 'summary.reported_by_drug_route'
),

explained as (
    select
        cause.table_name, cause.row_key, cause.column_name,
        arg_min(cause.reason, known.position::integer) as reason,
        string_agg(cause.reason, ' ' order by known.position::integer) as all_reasons
    from cause
    inner join codes.change_reason as known on known.reason = cause.reason
    group by cause.table_name, cause.row_key, cause.column_name
)

select
    thing.wing, thing.table_name, thing.row_key, thing.column_name, thing.source, thing.register, thing.drug,
    thing.route, thing.reaction, thing.definition, thing.change, thing.count_before, thing.count_now,
    coalesce(counted.gained_count, 0) as gained_count, coalesce(counted.lost_count, 0) as lost_count,
    coalesce(counted.moved_count, 0) as moved_count, thing.estimate_before, thing.estimate_now, thing.lower_before,
    thing.lower_now, thing.upper_before, thing.upper_now, thing.text_before, thing.text_now,
    coalesce(explained.reason, 'unexplained') as reason, coalesce(explained.all_reasons, 'unexplained') as all_reasons
from thing
left join counted using (table_name, row_key, column_name)
left join explained using (table_name, row_key, column_name)
