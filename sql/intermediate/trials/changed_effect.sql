-- Headline effects and findings of trials that moved since the live snapshot.
-- grain  one row per headline of trial_effect and per finding whose estimate, certainty or sentence is another
-- key    table_name, row_key, column_name
-- not    effects that are no headline; a row of which the live snapshot lacks the column
with effect as (
    select
        is_now, drug, route, reaction, definition, population, comparator, bound, register, analysis, measure, method,
        interval, trial_count, estimate, lower, upper, certainty
    from (
        select true as is_now, * from summary.trial_effect where is_headline
        union all by name
        select false as is_now, * from before.summary_trial_effect where is_headline
    )
    where exists (
            select 1 from before.held as held
            where held.table_name = 'summary.trial_effect' and held.column_name = 'is_headline'
        )
),

finding as (
    select is_now, drug, route, reaction, population, comparator, bound, register, trial_count, sentence_text
    from (
        select true as is_now, * from summary.finding
        union all by name
        select false as is_now, * from before.summary_finding
    )
),

stated as (
    select
        'summary.trial_effect' as table_name,
        concat_ws(
            ' | ', drug, route, reaction, definition, population, comparator, bound, register, analysis, measure,
            method, interval
        ) as row_key,
        shown.column_name, is_now, drug, route, reaction, definition, population, comparator, bound, register,
        analysis, trial_count, shown.estimate, shown.lower, shown.upper, shown.text
    from effect
    cross join
        lateral (
            values
            ('estimate', effect.estimate, effect.lower, effect.upper, null),
            ('certainty', null, null, null, effect.certainty)
        ) as shown (column_name, estimate, lower, upper, text)
    union all
    select
        'summary.finding' as table_name,
        concat_ws(' | ', drug, route, reaction, population, comparator, bound, register) as row_key,
        'sentence_text' as column_name, is_now, drug, route, reaction, 'narrow' as definition, population, comparator,
        bound, register, 'primary' as analysis, trial_count, null::double as estimate, null::double as lower,
        null::double as upper, sentence_text as text
    from finding
),

compared as (
    select
        stated.table_name, stated.row_key, stated.column_name, stated.drug, stated.route, stated.reaction,
        stated.definition, stated.population, stated.comparator, stated.bound, stated.register, stated.analysis,
        count(*) filter (where not stated.is_now) = 0 as is_new,
        count(*) filter (where stated.is_now) = 0 as is_gone,
        max(stated.trial_count) filter (where not stated.is_now) as count_before,
        max(stated.trial_count) filter (where stated.is_now) as count_now,
        max(stated.estimate) filter (where not stated.is_now) as estimate_before,
        max(stated.estimate) filter (where stated.is_now) as estimate_now,
        max(stated.lower) filter (where not stated.is_now) as lower_before,
        max(stated.lower) filter (where stated.is_now) as lower_now,
        max(stated.upper) filter (where not stated.is_now) as upper_before,
        max(stated.upper) filter (where stated.is_now) as upper_now,
        max(stated.text) filter (where not stated.is_now) as text_before,
        max(stated.text) filter (where stated.is_now) as text_now
    from stated
    inner join before.held as held
        on held.table_name = stated.table_name and held.column_name = stated.column_name
    -- Of a live snapshot whose trials cannot be compared, effects that move would have no trials.
    where exists (select 1 from before.held as trials where trials.table_name = 'events.trial_comparison')
    group by all
)

select *
from compared
where (estimate_before, lower_before, upper_before, text_before) is distinct from
    (estimate_now, lower_now, upper_now, text_now)
