-- Cases of a drug that are not once in `any`, or in `any` without a suspect record of the drug.
-- grain  one row per source, case and drug that breaks the rule: empty when `any` is the union of all routes
-- key    source, case_id, drug
-- not    a sum: a case with two routes is once in `any`
-- why    the roll-up 'any' holds every case of the drug, once; anything else makes routes and totals disagree
with suspect as (
    select source, case_id, drug from events.exposure where is_suspect and drug is not null
    union
    select source, case_id, drug_subclass from events.exposure where is_suspect and drug_subclass is not null
    union
    select exposure.source, exposure.case_id, drug_rollup.rollup
    from events.exposure as exposure
    inner join codes.drug_rollup as drug_rollup on drug_rollup.drug = exposure.drug
    where exposure.is_suspect
),

placed as (
    select source, case_id, drug, count(*) filter (where route = 'any') as any_count
    from events.exposed_case
    group by source, case_id, drug
)

select source, case_id, drug, suspect.drug is not null as is_suspect, coalesce(placed.any_count, 0) as any_count
from suspect
full join placed using (source, case_id, drug)
where suspect.drug is null or placed.any_count is distinct from 1
