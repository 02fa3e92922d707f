-- What the cases of the adjusted contrast report: narrow reactions of the watch list, and reactions whose answer is known.
-- grain  one row per source, case and outcome
-- key    source, case_id, outcome_kind, outcome
-- not    every reaction of a case, and not misuse, whose cases are set aside
with contrasted as (
    select distinct source, case_id from intermediate.route_contrast_case
)

select reacting.source, reacting.case_id, 'reaction' as outcome_kind, reacting.reaction as outcome
from intermediate.reacting_case as reacting
inner join contrasted on contrasted.source = reacting.source and contrasted.case_id = reacting.case_id
where reacting.definition = 'narrow' and reacting.reaction <> 'misuse_or_dependence'
union all
select distinct reaction.source, reaction.case_id, route_control.expected || '_control', route_control.control
from events.reaction as reaction
inner join codes.route_control as route_control
    on lower(route_control.preferred_term) = lower(reaction.preferred_term)
inner join contrasted on contrasted.source = reaction.source and contrasted.case_id = reaction.case_id
