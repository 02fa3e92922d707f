-- The texts of each outcome a trial planned or posted, and each adverse-event term, as words to look up.
-- grain  one row per trial, source and text; of a posted outcome one per class and category of its numbers
-- key    trial_id, text_source, text_number
-- not    only trials of the watch list: clean.trial lists the trials

with label as (
    select
        trial_id,
        outcome_number,
        class_number,
        category_number,
        nullif(concat_ws(': ', any_value(class_title), any_value(category_title)), '') as label_text,
        count(nullif(trim(value_text), '')) > 0 as has_value
    from clean.trial_outcome_result
    group by trial_id, outcome_number, class_number, category_number
),

stated_outcome as (
    select
        trial_id,
        'planned' as text_source,
        null as outcome_number,
        null as class_number,
        null as category_number,
        outcome_measure as title_text,
        null as label_text,
        outcome_description as prose_text,
        null as unit_text,
        false as has_result,
        list_position(['primary', 'secondary', 'other'], outcome_kind) as place,
        outcome_number as place_within
    from clean.trial_outcome
    union all
    select
        posted.trial_id,
        'posted',
        posted.outcome_number,
        label.class_number,
        label.category_number,
        posted.outcome_measure,
        label.label_text,
        posted.outcome_description,
        posted.unit_text,
        coalesce(label.has_value, false),
        posted.outcome_number,
        coalesce(1000 * label.class_number + label.category_number, 0)
    from clean.trial_outcome_posted as posted
    left join label using (trial_id, outcome_number)
    union all
    select distinct trial_id, 'adverse_event', null, null, null, term_text, null, null, null, true, 1, 1
    from clean.trial_event
)

select
    trial_id,
    text_source,
    row_number() over (
        partition by trial_id, text_source order by place, place_within, class_number, category_number, title_text
    ) as text_number,
    outcome_number,
    class_number,
    category_number,
    title_text,
    label_text,
    prose_text,
    has_result,
    words_of(title_text) as title_words,
    -- a unit may state what a title does not: "mg of morphine equivalents"
    words_of(concat_ws(' / ', title_text, label_text, unit_text)) as label_words,
    words_of(prose_text) as prose_words
from stated_outcome
where title_text is not null
