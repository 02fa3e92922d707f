-- What each product named in a delivery is made of: the agency's own ingredients (prod_ai) where it gave them,
-- else the reported name: looked up whole in the code lists, and where that does not decide, by the whole names of the
-- lists within it, longest first, never by a part of a word.
-- grain  one row per reported name and agency's ingredients, both as received, and ingredient
-- key    drugname, prod_ai, ingredient
-- not    exposure: a product here may be concomitant or never given
with absence as (
    select list(word) as absences from codes.name_word where kind = 'absent'
),

product as (
    select
        named.drugname, named.prod_ai, named.name,
        if(names_something(named.active, absence.absences), named.active, null) as active
    from (
        select drugname, prod_ai, spaced_name(drugname) as name, spaced_name(prod_ai) as active
        from (select distinct drugname, prod_ai from raw.faers_drug)
    ) as named
    cross join absence
),

looked_up_drug as (
    select distinct looked_up.name, ingredient.drug
    from typed.faers_drug_lookup as looked_up
    inner join codes.ingredient as ingredient on ingredient.ingredient_text = looked_up.ingredient_text
    where looked_up.is_to_be_searched and ingredient.drug is not null
),

accepted as (
    select distinct name, part_number, ingredients, drug
    from typed.faers_drug_mention_verdict
    where verdict = 'accepted'
),

overruled as (
    -- names whose words say otherwise than the look-up of their parts
    select name from accepted anti join looked_up_drug using (name, drug)
    union
    select name
    from looked_up_drug
    semi join typed.faers_drug_mention as mention using (name)
    anti join accepted using (name, drug)
),

other as (
    -- what else the name holds: ingredients that are not watched, and words that no list knows
    select name, ingredients from typed.faers_drug_mention where drugs is null
    union
    select verdict.name, verdict.ingredients
    from typed.faers_drug_mention_verdict as verdict
    anti join accepted using (name, part_number)
    where verdict.verdict = 'other'
),

within as (
    select name, ingredients from accepted
    union
    select name, ingredients from other
    union
    select name, 'not coded' from overruled anti join accepted using (name) anti join other using (name)
),

coded as (
    select
        looked_up.name, looked_up.active, looked_up.companion, looked_up.ingredient_text,
        if(looked_up.active is null, 'name', 'prod_ai') as ingredient_basis
    from typed.faers_drug_lookup as looked_up
    where looked_up.active is not null or looked_up.name not in (select name from overruled)
    union all
    select
        within.name, null as active, null as companion, unnest(string_split(within.ingredients, '\')), 'name_part'
    from within semi join overruled using (name)
)

select
    product.drugname, product.prod_ai, coalesce(ingredient.ingredient, coded.ingredient_text) as ingredient,
    min(coded.ingredient_basis) as ingredient_basis,
    ingredient.drug, ingredient.magnesium_kind, max(companion.effect) as companion_effect
from coded
inner join product
    on product.name is not distinct from coded.name
        and product.active is not distinct from coded.active
left join codes.ingredient as ingredient on ingredient.ingredient_text = coded.ingredient_text
left join codes.magnesium_companion as companion
    on companion.ingredient = coalesce(coded.companion, ingredient.ingredient, coded.ingredient_text)
group by all
