-- Each whole name of the code lists within a longer reported name, found word by word, the longest where two overlap.
-- grain  one row per reported name, place in it and ingredients
-- key    name, position, ingredients
-- not    a decision: the words beside it may make it another thing (typed.faers_drug_mention_verdict)
with watched_text as (
    -- what each name of the code lists is made of, and of what watched drugs
    select ingredients, list(distinct ingredient.drug) filter (where ingredient.drug is not null) as drugs
    from (
        select distinct ingredients, unnest(string_split(ingredients, '\')) as ingredient_text from (
            select ingredients from codes.drug_name
            union all
            select ingredient_text from codes.ingredient
            union all
            select ingredients from codes.name_pair
        ) as dictionary
    ) as listed
    left join codes.ingredient as ingredient on ingredient.ingredient_text = listed.ingredient_text
    group by ingredients
),

searched as (
    select name, name_words(name) as words
    from (select distinct name from typed.faers_drug_lookup where is_to_be_searched) as named
),

name_word as (
    -- the part of a word is the number of separators before it
    select
        name, words, position, word,
        sum(is_separator(word)::integer) over (
            partition by name order by position rows between unbounded preceding and current row
        ) as part_number
    from (
        select name, words, generate_subscripts(words, 1) as position, unnest(words) as word from searched
    ) as worded
),

listed as (
    select
        name_word.name, name_word.words, name_word.part_number, name_word.position,
        name_word.position + phrase.word_count - 1 as last_position, phrase.word_count, phrase.ingredients
    from name_word
    inner join codes.name_phrase as phrase
        on phrase.first_word = name_word.word
            and phrase.words = name_word.words[name_word.position:name_word.position + phrase.word_count - 1]
),

paired as (
    -- a word that means a drug only beside another: DM beside a cough medicine
    select distinct
        word.name, word.words, word.part_number, word.position, word.position as last_position, 1 as word_count,
        pair.ingredients
    from codes.name_pair as pair
    inner join name_word as word on word.word = pair.word and list_contains(word.words, pair.beside_word)
),

found as (
    from listed
    union all by name
    from paired
)

-- the longest name wins where two overlap
select
    found.name, found.words, found.part_number, found.position, found.last_position, found.ingredients,
    watched_text.drugs
from found
left join watched_text on watched_text.ingredients = found.ingredients
anti join found as longer
    on longer.name = found.name
        and longer.position <= found.last_position and found.position <= longer.last_position
        and (
            longer.word_count > found.word_count
            or (longer.word_count = found.word_count and longer.position < found.position)
        )
