-- Every name that may be found within a longer reported name, as words: the names of the watch list, the ingredients and
-- the companions of a magnesium salt.
-- grain  one row per name as words
-- key    words
-- not    the names that are looked up whole, which codes.drug_name holds
with named as (
    select name, ingredients
    from codes.watched_name
    where not list_has_any(string_split(coalesce(not_in, ''), ' '), ['reports', 'longer_names'])
    union all
    select ingredient_text, ingredient_text from codes.ingredient where ingredient <> 'unknown'
    union all
    select ingredient, ingredient from codes.magnesium_companion
),

worded as (
    select name_words(name) as words, ingredients from named
)

select words, words[1] as first_word, len(words) as word_count, min(ingredients) as ingredients
from worded
where len(words) > 0
group by words
order by words
