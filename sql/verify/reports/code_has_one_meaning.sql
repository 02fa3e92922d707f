-- Code list entries that give one word two meanings, which would count a row twice.
-- grain  one row per list and word that breaks the rule: empty when each word has one meaning
-- key    code_list, word
-- not    a check that the meaning is right: each row says why
-- why    a word with two meanings in a code list would count one line twice
with entry as (
    select 'drug_name' as code_list, name as word from codes.drug_name
    union all
    select 'drug_name', ingredient_text from codes.ingredient
    union all
    select 'ingredient', ingredient
    from (select distinct ingredient, drug, magnesium_kind from codes.ingredient)
    union all
    select 'magnesium_companion', ingredient from codes.magnesium_companion
    union all
    select 'route', route_text from codes.route
    union all
    select 'dose_form', dose_form from codes.dose_form
    union all
    select 'country', country_text from codes.country
    union all
    select 'reporter', reporter_code from codes.reporter
    union all
    select 'reaction', reaction || ': ' || lower(preferred_term) from codes.reaction
    union all
    select 'preferred_term', folded
    from (select distinct lower(preferred_term) as folded, preferred_term from codes.reaction)
)

select code_list, word, count(*) as entry_count
from entry
group by code_list, word
having count(*) > 1
