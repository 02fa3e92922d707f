-- The ingredient that most cases of a reaction suspect, other than the drug itself: what may hide the drug's own signal.
-- grain  one row per source, drug of the watch list, reaction and definition that any case names
-- key    source, drug, reaction, definition
-- not    a cause of the reaction; of ingredients with equal counts the first by name is chosen
with own as (
    select drug, drug as member from codes.ingredient where drug is not null
    union
    select rollup, drug from codes.drug_rollup
    union
    select subclass, 'magnesium'
    from (values ('magnesium_parenteral'), ('magnesium_oral'), ('magnesium_gastrointestinal')) as one (subclass)
),

suspected as (
    select distinct source, case_id, drug, ingredient
    from events.exposure
    where is_suspect and ingredient not in ('not coded', 'unknown')
        and case_id in (select case_id from intermediate.reacting_case)
),

counted as (
    select
        suspected.source, suspected.drug, suspected.ingredient, reacting_case.reaction, reacting_case.definition,
        count(*) as case_count
    from suspected
    inner join intermediate.reacting_case as reacting_case
        on reacting_case.source = suspected.source and reacting_case.case_id = suspected.case_id
    group by all
),

-- The foremost of each watched drug, and of all the rest: among these is the foremost that is not the drug itself.
foremost as (
    select source, drug, ingredient, reaction, definition, case_count
    from counted
    qualify row_number() over (
            partition by source, reaction, definition, drug order by case_count desc, ingredient
        ) = 1
),

other as (
    select
        foremost.source, watched.drug, foremost.reaction, foremost.definition, foremost.ingredient,
        foremost.case_count
    from (select distinct drug from own) as watched
    cross join foremost
    left join own on own.drug = watched.drug and own.member = foremost.drug
    where own.drug is null
)

select source, drug, reaction, definition, ingredient, case_count
from other
qualify row_number() over (partition by source, drug, reaction, definition order by case_count desc, ingredient) = 1
