-- Each reaction of a current case that names a drug of the watch list.
-- grain  one row per case and preferred term
-- key    case_id, preferred_term
-- not    the reactions of all cases: those are in events.reaction
with watched as (
    select case_id, report_id, period from clean.faers_case where has_watch_list_drug
)

select
    watched.case_id, reaction.preferred_term, reaction.is_recurring, reaction.line_count
from typed.faers_reaction as reaction
inner join watched on watched.period = reaction.period and watched.report_id = reaction.report_id
    and (watched.case_id = reaction.case_id or reaction.era = 'laers')
