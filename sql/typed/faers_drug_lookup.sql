-- What each product named in a delivery is made of by the look-up of whole names: the agency's own ingredients (prod_ai)
-- where it gave them, else the reported name and its parts.
-- grain  one row per name, agency's ingredients and ingredient as looked up
-- key    name, active, ingredient_text, companion
-- not    decided: a longer name may hold a whole name of the lists (typed.faers_drug_mention)
with word as (
    select
        list(word) filter (where kind in ('salt', 'hydrate')) as salts,
        list(word) filter (where kind = 'hydrate') as hydrates, list(word) filter (where kind = 'form') as forms,
        list(word) filter (where kind = 'absent') as absences
    from codes.name_word
),

product as (
    -- a dash or "unknown" in place of an ingredient is the same as a blank: the name may state the ingredient
    select distinct named.name, if(names_something(named.active, word.absences), named.active, null) as active
    from (
        select spaced_name(drugname) as name, spaced_name(prod_ai) as active
        from (select distinct drugname, prod_ai from raw.faers_drug)
    ) as named
    cross join word
),

way as (
    select name, active, generate_subscripts(forms, 1) as way_rank, unnest(forms) as parts
    from (
        select name, active, if(active is null, name_forms(name), [string_split(active, '\')]) as forms
        from product
    ) as formed
),

part as (
    select name, active, way_rank, trim(unnest(parts), ' .') as part_text from way
),

dictionary as (
    select name, ingredients from codes.drug_name
    union all
    select ingredient_text, ingredient_text from codes.ingredient
),

reading as (
    select
        bare.part_text, bare.plain, coalesce(whole.ingredients, plain.ingredients, base.ingredients) as known,
        without_salts(bare.part_text, bare.salts) as base, coalesce(dry.ingredient, bare_base.ingredient) as companion
    from (
        select part_text, without_forms(part_text, forms) as plain, salts, hydrates
        from (select distinct part_text from part) as texts cross join word
    ) as bare
    left join dictionary as whole on whole.name = bare.part_text
    left join dictionary as plain on plain.name = bare.plain
    left join dictionary as base on base.name = without_salts(bare.plain, bare.salts)
    -- A companion of a magnesium salt is known by name even where it is not on the watch list.
    left join codes.magnesium_companion as dry on dry.ingredient = without_salts(bare.plain, bare.hydrates)
    left join codes.magnesium_companion as bare_base
        on bare_base.ingredient = without_salts(bare.plain, bare.salts)
),

read as (
    select
        part.name, part.active, part.way_rank, part.part_text, reading.plain, reading.known, reading.base,
        reading.companion,
        min(part.way_rank) filter (where reading.known is not null)
            over (partition by part.name, part.active) as best_rank
    from part inner join reading on reading.part_text = part.part_text
)

select distinct
    name, active, if(known is null, companion, null) as companion,
    unnest(string_split(coalesce(known, if(active is null, coalesce(companion, 'not coded'), base)), '\'))
        as ingredient_text,
    -- A name has at most 500 characters by the agency's layout; a longer one is a broken line, and is not searched.
    active is null and (best_rank is distinct from 1) and length(name) <= 500 as is_to_be_searched
from read
where way_rank = coalesce(best_rank, 1) and (plain <> '' or way_rank = 1) and part_text <> ''
