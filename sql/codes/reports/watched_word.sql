-- The names of one word, of at least six letters, of watched drugs and of other ingredients: a misspelt name is compared
-- with them. A name of no watched drug has no drug.
-- grain  one row per word and drug
-- key    word, drug
-- not    a name that is found: a word that resembles one of these goes to a person
with named as (
    select watched.name, ingredient.drug
    from codes.watched_name as watched
    inner join codes.ingredient as ingredient
        on list_contains(string_split(watched.ingredients, '\'), ingredient.ingredient_text)
    union all
    select ingredient_text, drug from codes.ingredient
),

worded as (
    select name_words(name) as words, drug from named where length(name) >= 6
)

select distinct words[1] as word, drug
from worded
where len(words) = 1
order by word, drug
