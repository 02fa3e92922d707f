-- Cases set aside for another that is itself set aside, gone, or plainly of someone else.
-- grain  one row per case set aside that breaks the rule: empty when every set of duplicates leaves one case
-- key    source, case_id
-- not    a check that the two cases are of one person
-- why    of the cases of one person exactly one is kept
select duplicate.source, duplicate.case_id, duplicate.kept_case_id, duplicate.rule
from events.duplicate as duplicate
left join events.case as cases on cases.source = duplicate.source and cases.case_id = duplicate.case_id
left join events.case as kept on kept.source = duplicate.source and kept.case_id = duplicate.kept_case_id
where cases.case_id is null
    or kept.case_id is null
    or (duplicate.source, duplicate.kept_case_id) in (select (source, case_id) from events.duplicate)
    or (cases.sex in ('female', 'male') and kept.sex in ('female', 'male') and cases.sex <> kept.sex)
    or abs(cases.age_years - kept.age_years) > 2
