-- What a trial's planned outcomes, posted results and adverse-event terms state about each outcome domain.
-- grain  one row per trial, domain and piece of evidence
-- key    trial_id, domain, evidence_rank, text_source, text_number
-- not    the verdict: summary.evidence_gap takes the strongest piece

with reference as (
    select max(last_update_date) as reference_date from clean.trial
),

-- results are due a year after the end of the trial (42 CFR 11.44: standard submission deadline); a date known
-- to the month may be its last day
due as (
    select
        trial.trial_id,
        coalesce(trial.has_results, false) or coalesce(
            trial.overall_status in ('COMPLETED', 'TERMINATED')
            and latest_day(replace(coalesce(trial.completion_date_text, trial.primary_completion_date_text), '-', ''))
            + interval 12 month <= reference.reference_date,
            false
        ) as is_due
    from clean.trial as trial
    cross join reference
),

read as (
    select
        stated.*,
        case
            when stated.text_source = 'posted' and stated.has_result and stated.reading in ('stated', 'described')
                then 1
            when stated.text_source = 'adverse_event' and stated.reading <> 'within' then 2
            -- a scale with an item for it was put to everybody, and its score is posted
            when stated.text_source = 'posted' and stated.has_result and stated.reading = 'scale' then 3
            when stated.text_source = 'posted' and stated.has_result then 4
            when stated.text_source = 'adverse_event' then null
            when not due.is_due then 7
            -- sought among others: posted adverse events come before it
            when stated.reading = 'within' then 9
            else 6
        end as evidence_rank
    from intermediate.trial_outcome_domain as stated
    inner join due using (trial_id)
    -- back pain as an adverse event is no measurement of pain, and reactions have lists of terms of their own
    where stated.text_source <> 'adverse_event' or stated.domain in ('depressive_symptoms', 'opioid_use')
)

select
    trial_id,
    domain,
    evidence_rank,
    text_source,
    text_number,
    case
        when evidence_rank <= 3 then 'reported' when evidence_rank in (6, 9) then 'sought_not_reported' else 'unknown'
    end as status,
    case
        when evidence_rank = 1 and reading = 'described' then 'outcome_result_described'
        when evidence_rank = 1 then 'outcome_result'
        when evidence_rank = 2 then 'adverse_events'
        when evidence_rank = 3 then 'outcome_result_scale'
        when evidence_rank = 4 then 'outcome_result_within'
        when evidence_rank = 7 then 'planned_outcome_not_due'
        when text_source = 'posted' then 'outcome_result_not_posted'
        else 'planned_outcome'
    end as basis,
    decided_by_text
from read
where evidence_rank is not null
