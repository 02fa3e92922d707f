-- Cases that suspect an ingredient of a list: those of a restricted comparator, and of each dominating drug.
-- grain  one row per list and case
-- key    source, ingredient_list, case_id
-- not    a control group: nobody was assigned to a drug
with listed as (
    -- A list is named by its comparator and the drug it is for, or by the dominating ingredient itself.
    select comparator || ' of ' || drug as ingredient_list, ingredient from codes.comparator
    union
    select ingredient, ingredient from intermediate.dominating_drug
)

select distinct exposure.source, listed.ingredient_list, exposure.case_id
from events.exposure as exposure
inner join listed on listed.ingredient = exposure.ingredient
where exposure.is_suspect
