-- Cases that leave the whole universe of an analysis, and why.
-- grain  one row per analysis and case set aside
-- key    analysis, source, case_id
-- not    cases withdrawn or wrong: the primary analysis keeps each of them
select 'without_duplicates' as analysis, source, case_id from events.duplicate
union all
select distinct 'without_misuse_or_overdose' as analysis, reaction.source, reaction.case_id
from events.reaction as reaction
inner join codes.report_context as report_context
    on lower(report_context.preferred_term) = lower(reaction.preferred_term)
where report_context.context = 'misuse_or_overdose'
