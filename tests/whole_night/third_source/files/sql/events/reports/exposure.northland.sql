-- The one drug of each case of the Northland register, which is always suspected.
-- grain  one row per case
-- key    source, case_id, line_number, drug_sequence, ingredient, route_number
-- not    proof that the drug was taken
select
    'northland' as source, report_number as case_id, 1 as line_number, '1' as drug_sequence, 'PS' as role_code,
    true as is_suspect, upper(drug) as ingredient, 'name' as ingredient_basis, true as is_single_ingredient,
    drug, 1 as route_number, route, 'stated' as route_basis
from clean.northland_report
