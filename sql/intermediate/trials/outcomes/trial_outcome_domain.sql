-- Which outcome domains each outcome and adverse-event term of a trial is about, and which text states it.
-- grain  one row per trial, text and domain
-- key    trial_id, text_source, text_number, domain
-- not    a status: events.trial_outcome_evidence derives what it means for the trial

with title as (
    select
        words,
        bool_or(is_said or is_item or is_within or is_other) as is_telling,
        bool_or(is_composite) as is_composite
    from intermediate.trial_outcome_word
    group by words
),

heard as (
    select stated.*, word.domain, 1 as place, word.is_said, word.is_item
    from intermediate.trial_outcome_text as stated
    inner join intermediate.trial_outcome_word as word on stated.title_words = word.words
    where word.is_said or word.is_item or word.is_within
    union all
    select stated.*, word.domain, 2, word.is_said, word.is_item
    from intermediate.trial_outcome_text as stated
    inner join intermediate.trial_outcome_word as word on stated.label_words = word.words
    where word.is_said or word.is_item or word.is_within
    union all
    -- the description is read only where the title states no domain ("response rate"); under a title that holds many
    -- things ("adverse events") it makes the domain one of them
    select
        stated.*,
        word.domain,
        3,
        word.is_said and not coalesce(title.is_composite, false),
        word.is_item and not coalesce(title.is_composite, false)
    from intermediate.trial_outcome_text as stated
    inner join intermediate.trial_outcome_word as word on stated.prose_words = word.words
    left join title on stated.title_words = title.words
    left join intermediate.trial_outcome_word as titled
        on stated.title_words = titled.words and word.domain = titled.domain
    where
        ((word.is_said or word.is_item or word.is_within) and not coalesce(title.is_telling, false))
        -- "psychotomimetic effects" are measured by the scale that the description names
        or (word.is_item and titled.is_within)
)

select
    trial_id,
    text_source,
    text_number,
    domain,
    outcome_number,
    class_number,
    category_number,
    has_result,
    case
        when is_item and not is_said then 'scale'
        when not is_said then 'within' when place = 3 then 'described' else 'stated'
    end as reading,
    case place
        when 1 then title_text
        when 2 then concat_ws(': ', title_text, label_text)
        else concat_ws(': ', title_text, prose_text)
    end as decided_by_text
from heard
where domain is not null
qualify row_number() over (
        partition by trial_id, text_source, text_number, domain order by is_said desc, is_item desc, place
    ) = 1
