-- Cases counted although a list deleted the version that they are counted by.
-- grain  one row per case that breaks the rule: empty when deletions hold
-- key    source, case_id
-- not    cases that returned: a version of a later period than the list may be current
-- why    a case that the agency withdrew must leave every count until a later version returns
select cases.source, cases.case_id, cases.period, max(deletion.period) as deleted_through_period
from events.case as cases
inner join typed.faers_deletion as deletion on deletion.case_id = cases.case_id
where cases.source = 'faers'
group by cases.source, cases.case_id, cases.period
having max(deletion.period) >= cases.period
