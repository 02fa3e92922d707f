-- Each drug line of a current case that names a drug of the watch list, with its dose as reported.
-- grain  one row per drug line, watch-list ingredient and route that the line states
-- key    case_id, drug_sequence, line_number, ingredient, route_number
-- not    every drug of the case: its other drugs are in events.exposure
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, drug.line_number, drug.drug_sequence, drug.role_code, drug.drug, drug.drug_subclass,
    drug.ingredient, drug.ingredient_basis, drug.is_single_ingredient, drug.name_text,
    drug.route_number, drug.route, drug.route_detail, drug.route_basis, drug.inferred_route,
    drug.dose_text, drug.dose_amount_text, drug.dose_unit_text, drug.dose_form_text, drug.dose_frequency_text,
    drug.cumulative_dose_text, drug.cumulative_dose_unit_text, drug.dechallenge_code, drug.rechallenge_code,
    drug.lot_text, drug.nda_number
from typed.faers_exposure as drug
inner join watched
    on watched.period = drug.period and watched.report_id = drug.report_id
        and (watched.case_id = drug.case_id or drug.era = 'laers')
where drug.drug is not null
