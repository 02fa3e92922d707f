-- Each reaction each case names.
-- grain  one row per case and preferred term
-- key    source, case_id, preferred_term
-- not    a link to a drug: a report does not say which drug is held to have caused which reaction
select 'faers' as source, faers_case.case_id, reaction.preferred_term
from typed.faers_reaction as reaction
inner join clean.faers_case as faers_case
    on faers_case.period = reaction.period and faers_case.report_id = reaction.report_id
        and (faers_case.case_id = reaction.case_id or reaction.era = 'laers')
where reaction.preferred_term is not null
