-- What a drug of a report was given for, as a MedDRA preferred term.
-- grain  one row per indication line
-- key    period, report_id, case_id, line_number
-- not    a reaction, even when it names one (hallucination as the reason for treatment)
select
    period, era, line_number, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    number_text(indi_drug_seq) as drug_sequence,
    upper(left(trim(indi_pt), 1)) || lower(substr(trim(indi_pt), 2)) as preferred_term
from raw.faers_indi
