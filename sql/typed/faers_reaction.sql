-- Each reaction a report names, as a MedDRA preferred term, spelt alike in both eras.
-- grain  one row per report and preferred term; a term listed twice is one row (line_count says how often)
-- key    period, report_id, case_id, preferred_term
-- not    a link to a drug: reports do not say which drug is held to have caused which reaction
with term as (
    select preferred_term, lower(preferred_term) as folded from codes.reaction group by preferred_term
)
select
    reac.period, reac.era, number_text(reac.primaryid) as report_id, number_text(reac.caseid) as case_id,
    coalesce(
        any_value(term.preferred_term),
        upper(left(any_value(trim(reac.pt)), 1)) || lower(substr(any_value(trim(reac.pt)), 2))
    ) as preferred_term,
    bool_or(text_of(reac.drug_rec_act) is not null) as is_recurring,
    count(*) as line_count
from raw.faers_reac as reac
left join term on term.folded = lower(trim(reac.pt))
group by reac.period, reac.era, number_text(reac.primaryid), number_text(reac.caseid), lower(trim(reac.pt))
