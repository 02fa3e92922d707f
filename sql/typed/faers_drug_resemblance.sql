-- Reported names that mean no watched drug by the code lists and may mean one: a person should decide.
-- grain  one row per reported name without the agency's ingredients, as received
-- key    drugname, prod_ai
-- not    exposure: the name counts in no row of the drug that it resembles
with undecided as (
    select product.drugname, product.prod_ai, spaced_name(product.drugname) as name
    from typed.faers_drug_name as product
    where product.ingredient_basis <> 'prod_ai'
    group by product.drugname, product.prod_ai
    having count(product.drug) = 0
),

name_word as (
    select name, unnest(name_words(name)) as word
    from (
        select distinct undecided.name
        from undecided semi join typed.faers_drug_lookup as looked_up
            on looked_up.name = undecided.name and looked_up.is_to_be_searched
    ) as searched
),

near_word as (
    -- one or two letters apart, by length; names that are known to be something else are not near
    select spelled.word, min(listed_word.drug) as drug
    from (
        select distinct word
        from name_word
        where length(word) >= 6 and word not in (select word from codes.watched_word)
    ) as spelled
    inner join codes.watched_word as listed_word
        on left(listed_word.word, 2) = left(spelled.word, 2)
            and length(listed_word.word) between length(spelled.word) - 2 and length(spelled.word) + 2
    where listed_word.drug is not null
        and damerau_levenshtein(spelled.word, listed_word.word) <= if(length(listed_word.word) >= 9, 2, 1)
    group by spelled.word
),

resembling as (
    select name, drug, 'undecided words' as resemblance, 1 as rank
    from typed.faers_drug_mention_verdict
    where verdict = 'undecided'
    union all
    select name_word.name, context.drug, 'several products', 2
    from name_word inner join codes.name_context as context on context.word = name_word.word
    where context.kind = 'ambiguous'
    union all
    select name_word.name, near_word.drug, 'similar spelling', 3
    from name_word inner join near_word on near_word.word = name_word.word
)

select
    undecided.drugname, undecided.prod_ai, arg_min(resembling.drug, (resembling.rank, resembling.drug)) as resembles,
    arg_min(resembling.resemblance, (resembling.rank, resembling.drug)) as resemblance
from undecided inner join resembling on resembling.name = undecided.name
group by undecided.drugname, undecided.prod_ai
