-- Narrow reports that the broad definition does not hold.
-- grain  one row per report that breaks the rule: empty when broad contains narrow
-- key    source, case_id, drug, route, reaction
-- not    a comparison of two definitions of different reactions
-- why    the broad definition contains the narrow one, so no count of it is smaller
select narrow.source, narrow.case_id, narrow.drug, narrow.route, narrow.reaction
from events.reported as narrow
anti join (select * from events.reported where definition = 'broad') as broad
    on broad.source = narrow.source and broad.case_id = narrow.case_id and broad.drug = narrow.drug
        and broad.route = narrow.route and broad.reaction = narrow.reaction
where narrow.definition = 'narrow'
