-- What cases report of the watch list: a suspect drug by a route, beside a reaction.
-- grain  one row per case, drug, route, reaction and definition, the roll-ups of each included
-- key    source, case_id, drug, route, reaction, definition
-- not    an effect of the drug, and no rate: a report has no denominator
select
    exposed_case.source, exposed_case.case_id, exposed_case.drug, exposed_case.route,
    reacting_case.reaction, reacting_case.definition
from events.exposed_case as exposed_case
inner join intermediate.reacting_case as reacting_case
    on reacting_case.source = exposed_case.source and reacting_case.case_id = exposed_case.case_id
