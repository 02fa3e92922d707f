-- Each reaction a report names, as a MedDRA preferred term, spelt alike in both eras.
-- grain  one row per report and preferred term; a term listed twice is one row (line_count says how often)
-- key    period, report_id, case_id, preferred_term
-- not    a link to a drug: reports do not say which drug is held to have caused which reaction
with spelling as (
    select distinct lower(preferred_term) as folded, preferred_term from codes.reaction
),

term as (
    select
        named.pt,
        coalesce(spelling.preferred_term, upper(left(spaced(named.pt), 1)) || lower(substr(spaced(named.pt), 2)))
            as preferred_term
    from (select distinct pt from raw.faers_reac) as named
    left join spelling on spelling.folded = lower(spaced(named.pt))
)

select
    reac.period, reac.era, number_text(reac.primaryid) as report_id, number_text(reac.caseid) as case_id,
    nullif(term.preferred_term, '') as preferred_term,
    bool_or(text_of(reac.drug_rec_act) is not null) as is_recurring, count(*) as line_count
from raw.faers_reac as reac
left join term on term.pt = reac.pt
group by reac.period, reac.era, number_text(reac.primaryid), number_text(reac.caseid), term.preferred_term
