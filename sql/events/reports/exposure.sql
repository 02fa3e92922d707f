-- Each ingredient each case names as suspect, interacting or concomitant.
-- grain  one row per drug line of a case, ingredient and route that the line states
-- key    source, case_id, line_number, drug_sequence, ingredient, route_number
-- not    a drug that was prescribed and not given (role DN), and not proof that the drug was taken
select
    'faers' as source, faers_case.case_id, exposure.line_number, exposure.drug_sequence, exposure.role_code,
    coalesce(exposure.role_code in ('PS', 'SS', 'I'), false) as is_suspect,
    exposure.ingredient, exposure.ingredient_basis, exposure.is_single_ingredient,
    exposure.drug, exposure.drug_subclass, exposure.route_number,
    exposure.route, exposure.route_detail, exposure.route_basis, exposure.inferred_route
from typed.faers_exposure as exposure
inner join clean.faers_case as faers_case
    on faers_case.period = exposure.period and faers_case.report_id = exposure.report_id
        and (faers_case.case_id = exposure.case_id or exposure.era = 'laers')
where exposure.role_code is distinct from 'DN'
