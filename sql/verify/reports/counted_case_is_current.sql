-- Cases of an event that are not current: superseded or deleted.
-- grain  one row per event table and case that breaks the rule: empty when every event is of a current case
-- key    event_table, source, case_id
-- not    a check of the event itself
-- why    an event of a case that was superseded or deleted must not be counted
select distinct 'exposure' as event_table, source, case_id
from events.exposure
anti join events.case using (source, case_id)
union all
select distinct 'reaction', source, case_id
from events.reaction
anti join events.case using (source, case_id)
union all
select distinct 'exposed_case', source, case_id
from events.exposed_case
anti join events.case using (source, case_id)
union all
select distinct 'reported', source, case_id
from events.reported
anti join events.exposed_case using (source, case_id)
