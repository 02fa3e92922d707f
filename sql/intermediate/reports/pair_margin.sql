-- The margins of the pairs by stratum of the patient: how many cases each stratum has in all, how many of them name each
-- ingredient as suspect, and how many name each preferred term.
-- grain  one row per source, margin (every_case, ingredient, preferred_term), name and stratum that has a case
-- key    source, margin, name, patient_stratum
-- not    additive over names: a case with two ingredients is in two rows
with suspect as (
    select distinct source, case_id, ingredient from events.exposure where is_suspect and ingredient <> 'not coded'
)

select source, 'every_case' as margin, '' as name, patient_stratum, count(*) as case_count
from intermediate.case_stratum
group by source, patient_stratum
union all
select
    stratum.source, 'ingredient' as margin, suspect.ingredient as name, stratum.patient_stratum,
    count(*) as case_count
from suspect
inner join intermediate.case_stratum as stratum on stratum.source = suspect.source and stratum.case_id = suspect.case_id
group by stratum.source, suspect.ingredient, stratum.patient_stratum
union all
select
    stratum.source, 'preferred_term' as margin, reaction.preferred_term as name, stratum.patient_stratum,
    count(*) as case_count
from events.reaction as reaction
inner join
    intermediate.case_stratum as stratum
    on stratum.source = reaction.source and stratum.case_id = reaction.case_id
group by stratum.source, reaction.preferred_term, stratum.patient_stratum
