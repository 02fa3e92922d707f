-- Which outcomes nobody measured: trials of each drug by what their records say of an outcome.
-- grain  one row per drug, population and domain of outcomes
-- key    drug, population, domain
-- not    a count of participants; a trial of two watched drugs is in the rows of both
with trial as (
    select unnest(string_split(drugs_text, '; ')) as drug, population, domain, status, has_results
    from summary.evidence_gap
)

select
    drug, population, domain, count(*) as trial_count, count(*) filter (where has_results) as trials_with_results_count,
    count(*) filter (where status = 'reported') as reported_count,
    count(*) filter (where status = 'zero_not_solicited') as zero_not_solicited_count,
    count(*) filter (where status = 'sought_not_reported') as sought_not_reported_count,
    count(*) filter (where status = 'not_sought') as not_sought_count,
    count(*) filter (where status = 'unknown') as unknown_count,
    if(
        count(*) filter (where status = 'reported') = 0, 'No registered trial reports it. ', ''
    )
    || 'By the records of the registry alone: an article may report more. The text that decided is in '
    'summary.evidence_gap' as caveat
from trial
group by drug, population, domain
