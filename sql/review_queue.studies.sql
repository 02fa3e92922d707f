-- Counts in which an extraction sheet and the registry disagree on the same study: rows of meta.review_queue.
-- A decision is a correction of the sheet; until then the register named in intermediate.study_register counts.
select
    'studies' as source,
    trial_id || ', ' || reaction || ': registry ' || registry_lower
    || if(registry_lower = registry_upper, '', ' to ' || registry_upper) || ' of ' || registry_at_risk
    || ', sheet ' || sheet_affected || ' of ' || sheet_at_risk || ' (' || sheet_text || ')' as name_text,
    drug as resembles,
    'registry and sheet differ' as resemblance,
    sheet_affected as case_count
from intermediate.study_register
where is_disputed and drug is not null
order by case_count desc, name_text
limit 1000
