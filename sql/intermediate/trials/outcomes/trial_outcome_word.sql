-- Which outcome domains the words of a text name, by sql/codes/outcome_domain.csv.
-- grain  one row per distinct text, as words, and domain; one with a null domain for what says no domain
-- key    words, domain
-- not    a verdict on a trial: intermediate.trial_outcome_domain weighs title, label and description

with text as (
    select title_words as words from intermediate.trial_outcome_text
    union
    select label_words from intermediate.trial_outcome_text
    union
    select prose_words from intermediate.trial_outcome_text
    where prose_words is not null
),

code as (
    select
        domain,
        kind,
        name,
        ' ' || case when ends_with(name, '*') then rtrim(name, '*') else name || ' ' end as needle
    from codes.outcome_domain
),

-- only the phrases a text holds are blanked in it: to try each on every text is expensive
held as (
    select
        text.words,
        coalesce(list(code.needle order by len(code.needle) desc, code.needle) filter (where code.kind = 'not'), [])
            as empty_phrases,
        coalesce(list(code.needle order by len(code.needle) desc, code.needle) filter (where code.kind = 'within'), [])
            as joint_phrases
    from text
    left join code on code.kind in ('not', 'within') and contains(text.words, code.needle)
    group by text.words
),

-- "respiratory depression" holds the word depression and is not a depression: such phrases are blanked before reading
meant as (
    select
        words,
        list_reduce(empty_phrases, lambda rest, phrase: replace(rest, phrase, ' / '), words) as meant_words,
        -- "nausea and vomiting" names both, and its number is of neither alone
        list_reduce(joint_phrases, lambda rest, phrase: replace(rest, phrase, ' / '), meant_words) as single_words
    from held
),

joint_domain as (
    select distinct domain from code where kind = 'within'
),

found as (
    select meant.words, code.domain, code.kind
    from meant
    inner join code
        on contains(
            if(
                code.kind not in ('within', 'item') and code.domain in (from joint_domain),
                meant.single_words,
                meant.meant_words
            ),
            code.needle
        )
    where code.kind <> 'not'
),

read as (
    select
        words,
        domain,
        bool_or(kind = 'says') as is_named,
        bool_or(kind = 'subject') and bool_or(kind = 'measure') as is_measured,
        bool_or(kind = 'scale') as is_scaled,
        bool_or(kind = 'item') as is_item,
        bool_or(kind = 'within') as is_within,
        bool_or(kind = 'other') as is_other,
        bool_or(kind = 'composite') as is_composite
    from found
    group by words, domain
)

-- a bare "VAS" measures pain unless the text names something else
select
    words,
    domain,
    is_named
    or is_measured
    or (
        is_scaled
        and not bool_or(is_other or is_named or is_measured or is_item or is_within) over (partition by words)
    ) as is_said,
    is_item,
    is_within,
    is_other,
    is_composite
from read
