-- Reported names that mean no watched drug by the code lists and may mean one, first those whose decision moves most
-- cases: the rows of meta.review_queue.
-- A decision is a row of codes.watched_name (the name is the drug) or of codes.name_context (it is another thing).
with suspected as (
    select
        coalesce(spaced(name_text), 'not stated') as name_text, resembles, resemblance,
        period, report_id, case_id, era
    from typed.faers_exposure
    where resembles is not null and role_code in ('PS', 'SS', 'I')
)

select
    'faers' as source, suspected.name_text, suspected.resembles, suspected.resemblance,
    count(distinct faers_case.case_id) as case_count
from suspected
inner join clean.faers_case as faers_case
    on faers_case.period = suspected.period and faers_case.report_id = suspected.report_id
        and (faers_case.case_id = suspected.case_id or suspected.era = 'laers')
group by suspected.name_text, suspected.resembles, suspected.resemblance
order by case_count desc, name_text, resembles
limit 1000
