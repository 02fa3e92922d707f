-- The margins of the pairs by stratum of the patient: how many cases each stratum has in all, how many of them name each
-- ingredient as suspect, and how many name each preferred term.
-- grain  one row per source, margin (every_case, ingredient, preferred_term), name and stratum that has a case
-- key    source, margin, name, patient_stratum
-- not    additive over names: a case with two ingredients stands in two rows
with stratum as (
    -- Age band, sex and calendar year of first receipt; what is not stated is a stratum too.
    select source, case_id,
        age_band || ', ' || coalesce(nullif(sex, 'unknown'), 'not stated') || ', '
        || regexp_replace(first_received_quarter, 'Q.$', '') as patient_stratum
    from events.case
),
suspect as (
    select distinct source, case_id, ingredient from events.exposure where is_suspect and ingredient <> 'not coded'
)
select source, 'every_case' as margin, '' as name, patient_stratum, count(*) as case_count
from stratum
group by source, patient_stratum
union all
select stratum.source, 'ingredient' as margin, suspect.ingredient as name, stratum.patient_stratum,
    count(*) as case_count
from suspect
inner join stratum on stratum.source = suspect.source and stratum.case_id = suspect.case_id
group by stratum.source, suspect.ingredient, stratum.patient_stratum
union all
select stratum.source, 'preferred_term' as margin, reaction.preferred_term as name, stratum.patient_stratum,
    count(*) as case_count
from events.reaction as reaction
inner join stratum on stratum.source = reaction.source and stratum.case_id = reaction.case_id
group by stratum.source, reaction.preferred_term, stratum.patient_stratum
