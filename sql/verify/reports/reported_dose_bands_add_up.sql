-- Published counts that differ from the sum over their dose bands, or bands whose reasons do not add up.
-- grain  one row per cell that breaks the rule: empty when dose bands add up
-- key    source, drug, route, reaction, definition
-- not    a rule about routes or reactions, which do not add up: a case may have several
-- why    each case is in one band of a drug and route, or in one of several, not coded and unknown
with summed as (
    select
        source, drug, route, reaction, definition, sum(case_count)::bigint as case_count,
        sum(serious_case_count)::bigint as serious_case_count, sum(fatal_case_count)::bigint as fatal_case_count,
        sum(drug_route_band_case_count)::bigint as drug_route_case_count,
        sum(
            case
                when dose_band in ('several', 'not coded') then case_count
                when dose_band = 'unknown'
                    then dose_in_doubt_case_count + dose_other_unit_case_count
                        + dose_not_stated_case_count + dose_without_route_case_count
                else dose_structured_case_count + dose_text_case_count
            end
        )::bigint as reason_case_count
    from summary.reported_by_dose_band
    group by all
)

select source, drug, route, reaction, definition, whole.case_count, summed.case_count as summed_case_count
from (
    select * from summary.reported_by_drug_route where drug not in (select rollup from codes.drug_rollup)
) as whole
full join summed using (source, drug, route, reaction, definition)
where whole.case_count is distinct from summed.case_count
    or whole.serious_case_count is distinct from summed.serious_case_count
    or whole.fatal_case_count is distinct from summed.fatal_case_count
    or whole.drug_route_case_count is distinct from summed.drug_route_case_count
    or summed.case_count is distinct from summed.reason_case_count
