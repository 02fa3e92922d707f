-- Flags of disproportionate reporting of the watched drugs that were raised or lowered since the live snapshot.
-- grain  one row per row of signal or signal_any_drug and criterion that is true in one of the two snapshots only
-- key    table_name, row_key, column_name
-- not    flags that became undecided from not raised, or the reverse; criteria that the live snapshot does not have; rows
--        within one indication, whose cases are not those of the cell
with watched as (
    select ingredient, min(drug) as drug
    from (
        select ingredient, drug from codes.ingredient where drug is not null
        union
        select ingredient, drug from before.codes_ingredient where drug is not null
    )
    group by ingredient
),

signal as (
    select
        is_now, 'summary.signal' as table_name,
        concat_ws(' | ', source, drug, route, reaction, definition, analysis, comparator, stratum) as row_key,
        source, drug, route, reaction, definition, analysis, null::varchar as ingredient,
        null::varchar as preferred_term,
        with_both_count, is_evans, is_eudravigilance, is_ic025, is_eb05_2
    from (
        select true as is_now, * from summary.signal
        union all by name
        select false as is_now, * from before.summary_signal
    )
    where not starts_with(stratum, 'indication ')
),

any_drug as (
    select
        every.is_now, 'summary.signal_any_drug' as table_name,
        concat_ws(' | ', every.source, every.ingredient, every.preferred_term) as row_key, every.source, watched.drug,
        null::varchar as route, null::varchar as reaction, null::varchar as definition, 'primary' as analysis,
        every.ingredient, every.preferred_term, every.with_both_count, every.is_evans, every.is_eudravigilance,
        every.is_ic025, every.is_eb05_2
    from (
        select true as is_now, * from summary.signal_any_drug
        union all by name
        select false as is_now, * from before.summary_signal_any_drug
    ) as every
    inner join watched on watched.ingredient = every.ingredient
),

judged as (
    select flagged.* exclude (is_evans, is_eudravigilance, is_ic025, is_eb05_2), criterion.column_name, criterion.flag
    from (select * from signal union all select * from any_drug) as flagged
    cross join lateral (
        values
        ('is_evans', flagged.is_evans), ('is_eudravigilance', flagged.is_eudravigilance),
        ('is_ic025', flagged.is_ic025), ('is_eb05_2', flagged.is_eb05_2)
    ) as criterion (column_name, flag)
),

compared as (
    select
        judged.table_name, judged.row_key, judged.column_name, judged.source, judged.drug, judged.route,
        judged.reaction, judged.definition, judged.analysis, judged.ingredient, judged.preferred_term,
        bool_or(judged.flag) filter (where not judged.is_now) as flag_before,
        bool_or(judged.flag) filter (where judged.is_now) as flag_now,
        max(judged.with_both_count) filter (where not judged.is_now) as count_before,
        max(judged.with_both_count) filter (where judged.is_now) as count_now
    from judged
    inner join before.held as held
        on held.table_name = judged.table_name and held.column_name = judged.column_name
    -- Of a live snapshot whose cases cannot be compared, flags that move would have no cases.
    where
        (
            select count(distinct behind.table_name)
            from before.held as behind
            where behind.table_name in (
                    'intermediate.analysis_exposure', 'intermediate.reacting_case', 'intermediate.dominating_drug',
                    'intermediate.listed_case', 'events.exposure', 'events.reaction'
                )
        ) = 6
    group by all
)

select * from compared where coalesce(flag_before, false) <> coalesce(flag_now, false)
