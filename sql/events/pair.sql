-- How many cases name an ingredient as suspect beside a preferred term: every ingredient and every term of the database.
-- grain  one row per source, ingredient and preferred term that a case names together; pairs never seen have no row
-- key    source, ingredient, preferred_term
-- not    a finding, and not all that was given: a drug line whose ingredient nobody coded (before 2014 most of them) is
--        in no pair, though its case stands in the universe and in the margin of its terms
with suspect as (
    select distinct source, case_id, ingredient from events.exposure where is_suspect and ingredient <> 'not coded'
),
spelling as (
    -- Eras differ in capitals: of the spellings of one term the one that sorts last has the fewest.
    select source, preferred_term, max(preferred_term) over (partition by source, lower(preferred_term)) as spelt
    from (select distinct source, preferred_term from events.reaction)
),
named as (
    select distinct reaction.source, reaction.case_id, spelling.spelt
    from events.reaction as reaction
    inner join spelling
        on spelling.source = reaction.source and spelling.preferred_term = reaction.preferred_term
)
select suspect.source, suspect.ingredient, named.spelt as preferred_term, count(*) as case_count
from suspect
inner join named on named.source = suspect.source and named.case_id = suspect.case_id
group by suspect.source, suspect.ingredient, named.spelt
