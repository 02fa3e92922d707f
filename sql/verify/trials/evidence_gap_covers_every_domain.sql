-- Watched trials that lack an outcome domain in the map of evidence or have it twice, and trials unwatched there.
-- grain  one row per offending trial and domain; none is right
-- key    trial_id, domain
-- not    a gap in the evidence: the map itself would have a hole
-- why    a hole in the map reads as a question nobody asked

with domain as (
    select distinct domain from summary.evidence_gap
    union
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
    union
    select unnest(['pain', 'depressive_symptoms', 'opioid_use'])
),

wanted as (
    select trial.trial_id, domain.domain
    from (select distinct trial_id from events.trial_drug) as trial
    cross join domain
),

found as (
    select trial_id, domain, count(*) as row_count
    from summary.evidence_gap
    group by trial_id, domain
)

select
    coalesce(wanted.trial_id, found.trial_id) as trial_id,
    coalesce(wanted.domain, found.domain) as domain,
    coalesce(found.row_count, 0) as row_count
from wanted
full join found on found.trial_id = wanted.trial_id and found.domain = wanted.domain
where coalesce(found.row_count, 0) <> 1 or wanted.trial_id is null
