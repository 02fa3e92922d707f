-- Which reaction of its family each new case of the sequential test names, in the narrow definition.
-- grain  one row per new case and reaction
-- key    source, quarter, case_id, reaction
-- not    a link to a drug
select distinct new_case.source, new_case.quarter, new_case.case_id, listed.reaction
from events.new_case as new_case
inner join typed.faers_reaction as reaction
    on reaction.period = new_case.quarter and reaction.report_id = new_case.report_id
        and reaction.case_id = new_case.case_id
inner join codes.reaction as listed
    on lower(listed.preferred_term) = lower(reaction.preferred_term) and listed.definition = 'narrow'
inner join codes.signal_family as family on family.dimension = 'reaction' and family.value = listed.reaction
