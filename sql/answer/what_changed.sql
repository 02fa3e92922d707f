-- What changed since the live snapshot that this one replaced: one readable line for each count, flag, effect or finding of
-- the watched drugs that is another, with why.
-- grain  one row per changed thing, as in summary.change
-- key    table_name, row_key, column_name
-- not    a change in the world, and not additive: a case is in each route, definition and roll-up of its drug. Empty for
--        the first snapshot
with case_id as (
    select
        table_name, row_key, column_name,
        string_agg(case_id, ' ' order by case_id) filter (where change = 'gained' and place <= 20) as gained_case_ids,
        string_agg(case_id, ' ' order by case_id) filter (where change = 'lost' and place <= 20) as lost_case_ids
    from (
        select
            table_name, row_key, column_name, case_id, change,
            row_number() over (partition by table_name, row_key, column_name, change order by case_id) as place
        from events.changed_case
    )
    group by table_name, row_key, column_name
),

worded as (
    select
        *,
        case column_name
            when 'case_count' then 'cases' when 'serious_case_count' then 'serious cases'
            when 'fatal_case_count' then 'cases that list death' when 'drug_route_case_count' then 'cases with the drug'
            when 'is_evans' then 'flag of Evans' when 'is_eudravigilance' then 'flag of EudraVigilance'
            when 'is_ic025' then 'flag of the information component' when 'is_eb05_2' then 'flag of EBGM'
            when 'estimate' then 'effect' when 'certainty' then 'certainty' else 'finding'
        end as subject,
        if(
            table_name = 'summary.signal_any_drug', replace(regexp_replace(row_key, '^[^|]*\| ', ''), ' | ', ' with '),
            concat_ws(', ', drug, route, reaction, definition)
        ) as about
    from summary.change
)

select
    worded.wing, worded.drug, worded.route, worded.reaction, worded.definition,
    worded.about || ': ' || worded.subject || ' '
    || case
        when worded.text_now = 'raised' or worded.text_before = 'raised'
            then
                if(worded.change = 'gained', 'raised', 'no longer raised') || ' (' || coalesce(worded.count_now, 0)
                || ' cases, before ' || coalesce(worded.count_before, 0) || ')'
        when worded.column_name = 'estimate'
            then
                coalesce(format('{:.3g}', worded.estimate_before), 'not estimated') || ' before, '
                || coalesce(format('{:.3g}', worded.estimate_now), 'not estimated') || ' now'
        when worded.wing = 'trials'
            then coalesce(worded.text_before, 'none') || ' before; now: ' || coalesce(worded.text_now, 'none')
        else
            coalesce(worded.count_before, 0) || ' before, ' || coalesce(worded.count_now, 0) || ' now ('
            || worded.gained_count || ' gained, ' || worded.lost_count || ' lost)'
    end
    || ', because: ' || replace(replace(worded.all_reasons, ' ', ', '), '_', ' ') as line_text,
    worded.change, worded.count_before, worded.count_now, worded.gained_count, worded.lost_count,
    worded.reason, worded.all_reasons, case_id.gained_case_ids, case_id.lost_case_ids,
    coalesce(worded.definition <> 'broad', true)
    and (
        worded.table_name in ('summary.reported_by_drug_route', 'summary.signal_any_drug')
        or ends_with(worded.row_key, ' | primary | all_other_cases | all')
        or (worded.table_name = 'summary.finding' and ends_with(worded.row_key, ' | lower | all'))
        or contains(worded.row_key, ' | lower | all | primary')
    ) as is_headline,
    worded.table_name, worded.row_key, worded.column_name,
    if(
        worded.wing = 'reports',
        'Reports are not rates, and a count may move by what arrived, a code list or code alone. A flag is no signal '
        || 'in the sense of GVP IX until a person has validated it.',
        'Certainty is machine-assisted and not GRADE. Effects may move by newer records, a code list or code alone.'
    ) as caveat
from worded
left join case_id using (table_name, row_key, column_name)
