-- Names of drugs as words of trial records: the names of the watch list that trials know, and the longer names that
-- hold one of them and mean something else (codes.trial_other_name), whose drug is null.
-- grain  one row per name
-- key    name
-- not    what a name means in a report: codes.drug_name looks a reported name up whole
with known as (
    select
        trim(words_of(name)) as name, unnest(string_split(ingredients, '\')) as ingredient_text,
        usual_route, drug_subclass, why
    from codes.watched_name
    where not list_contains(string_split(coalesce(not_in, ''), ' '), 'trials')
),

named as (
    select
        known.name, min(ingredient.drug) as drug, min(known.drug_subclass) as drug_subclass,
        min(known.usual_route) as usual_route, min(known.why) as why
    from known
    left join codes.ingredient as ingredient on ingredient.ingredient_text = known.ingredient_text
    group by known.name
),

other as (
    select name, null as drug, null as drug_subclass, null as usual_route, why from codes.trial_other_name
)

select name, drug, drug_subclass, usual_route, why from named
union all
select name, drug, drug_subclass, usual_route, why from other
order by name
