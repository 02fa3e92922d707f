-- The texts about an event group cut at the words that join treatments, so that a placebo's words stay the placebo's.
-- grain  one row per event group, text and segment
-- key    trial_id, arm_id, text_source, text_number, segment_number
-- not    a sentence: "ketamine and midazolam" is two segments

with parted as (
    select *, treatment_segments(said_text) as segments from intermediate.trial_group_text
),

segment as (
    select
        *,
        unnest(segments) as segment_text,
        unnest(range(1, array_length(segments) + 1)) as segment_number
    from parted
),

route_word as (
    select list(rtrim(name, '*')) as beginnings
    from codes.trial_route
    where kind = 'word'
)

select
    segment.trial_id,
    segment.arm_id,
    segment.text_source,
    segment.intervention_name,
    segment.text_number,
    segment.segment_number,
    segment.segment_text,
    words_of(segment.segment_text) as segment_words,
    names_placebo(segment.segment_text) as is_placebo,
    -- "IV" or "oral dose": a route and nothing that could be another treatment
    case
        when segment.text_source not in ('title', 'label') or len(segment.segment_text) > 40 then false
        else array_length(list_filter(
                string_split(words_of(segment.segment_text), ' '),
                lambda word: regexp_matches(word, '[a-z]{3}')
                and not list_contains(
                    [
                        'the',
                        'via',
                        'per',
                        'mouth',
                        'route',
                        'dose',
                        'low',
                        'high',
                        'group',
                        'arm',
                        'infusion',
                        'given',
                        'treatment'
                    ],
                    word
                )
                and array_length(list_filter(route_word.beginnings, lambda beginning: starts_with(word, beginning))) = 0
            )) = 0
    end as is_bare_route
from segment
cross join route_word
where segment.segment_text <> ''
