-- Rows of the adjusted contrast of routes whose counts are not those of the cases behind them.
-- grain  one row per offending row of all cases; none is right
-- key    source, drug, outcome_kind, outcome, model
-- not    a recomputation of the estimate: tests do that apart
-- why    an adjusted ratio opens down to its cases, or nobody can check it
with sides as (
    select
        source, drug,
        count(*) filter (where is_intravenous) as intravenous_cases,
        count(*) filter (where not is_intravenous) as not_intravenous_cases
    from intermediate.route_contrast_case
    group by source, drug
),

reported as (
    select
        contrast_case.source, contrast_case.drug, outcome.outcome_kind, outcome.outcome,
        count(*) filter (where contrast_case.is_intravenous) as intravenous_reports,
        count(*) filter (where not contrast_case.is_intravenous) as not_intravenous_reports
    from intermediate.route_contrast_case as contrast_case
    inner join intermediate.route_contrast_outcome as outcome
        on outcome.source = contrast_case.source and outcome.case_id = contrast_case.case_id
    group by all
)

select
    source, drug, adjusted.outcome_kind, adjusted.outcome, adjusted.model, adjusted.intravenous_case_count,
    coalesce(sides.intravenous_cases, 0) as case_count
from summary.route_contrast_adjusted as adjusted
full outer join sides using (source, drug)
left join reported using (source, drug, outcome_kind, outcome)
where coalesce(adjusted.case_choice, 'all') = 'all'
    and (
        adjusted.intravenous_case_count is distinct from sides.intravenous_cases
        or adjusted.not_intravenous_case_count is distinct from sides.not_intravenous_cases
        or adjusted.intravenous_with_outcome_count is distinct from coalesce(reported.intravenous_reports, 0)
        or adjusted.not_intravenous_with_outcome_count is distinct from coalesce(reported.not_intravenous_reports, 0)
    )
