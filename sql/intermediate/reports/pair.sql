-- How many cases name an ingredient as suspect beside a preferred term: every ingredient and every term of the database.
-- grain  one row per source, ingredient and preferred term that a case names together; pairs never seen have no row
-- key    source, ingredient, preferred_term
-- not    a finding, and not all that was given: a drug line whose ingredient nobody coded (before 2014 most of them) is
--        in no pair, though its case is in the universe and in the margin of its terms
with suspect as (
    select distinct source, case_id, ingredient from events.exposure where is_suspect and ingredient <> 'not coded'
)

select suspect.source, suspect.ingredient, reaction.preferred_term, count(*) as case_count
from suspect
inner join events.reaction as reaction on reaction.source = suspect.source and reaction.case_id = suspect.case_id
group by suspect.source, suspect.ingredient, reaction.preferred_term
