-- Zeros of the map of evidence called reported although some posted term of the trial was not looked for in everybody.
-- grain  one row per offending trial and domain; none is right
-- key    trial_id, domain
-- not    a judgement on the trial: spontaneous mention is a common way to collect adverse events, and no zero
-- why    nobody asked is not nobody had it (Cochrane Handbook chapter 19: active against passive ascertainment)

select gap.trial_id, gap.domain, gap.basis
from summary.evidence_gap as gap
left join (
    select trial_id, count(*) as term_count
    from clean.trial_event
    where assessment_type = 'SYSTEMATIC_ASSESSMENT'
    group by trial_id
) as asked using (trial_id)
left join (
    select trial_id, count(*) as term_count
    from clean.trial_event
    where assessment_type is distinct from 'SYSTEMATIC_ASSESSMENT'
    group by trial_id
) as not_asked using (trial_id)
where
    (gap.basis = 'adverse_events_zero' and (asked.term_count is null or not_asked.term_count > 0))
    or (gap.status = 'zero_not_solicited' and asked.term_count > 0 and not_asked.term_count is null)
