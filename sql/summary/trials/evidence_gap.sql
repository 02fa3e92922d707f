-- Which outcomes each trial of the watch list reported, sought without reporting, or never sought, by its own record.
-- grain  one row per trial and outcome domain
-- key    trial_id, domain
-- not    an accusation: the record is what was read, and a paper may report more

with domain as (
    select distinct domain from codes.outcome_domain where domain is not null
    union
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

watched as (
    select trial_id, string_agg(drug, '; ' order by drug) as drugs_text
    from events.trial_drug
    group by trial_id
),

evidence as (
    select trial_id, domain, evidence_rank, 1 as place, text_source, text_number, status, basis, decided_by_text
    from events.trial_outcome_evidence
    union all
    select trial_id, domain, evidence_rank, 2, '', 0, status, basis, decided_by_text
    from intermediate.trial_reaction_evidence
    union all
    -- a trial that reports a part reports something of the roll-up
    select
        part.trial_id, rollup.rollup, part.evidence_rank, 3, part.text_source, part.text_number, part.status,
        part.basis, part.decided_by_text
    from events.trial_outcome_evidence as part
    inner join codes.reaction_rollup as rollup on part.domain = rollup.reaction
),

-- posted text before planned, a stated outcome before one read from its description
strongest as (
    select *
    from evidence
    qualify row_number() over (
            partition by trial_id, domain
            order by
                evidence_rank, place, basis = 'outcome_result_described', text_source desc, text_number, decided_by_text
        ) = 1
),

outcome as (
    select
        trial_id,
        count(*) filter (where text_source = 'planned') as planned_count,
        string_agg(title_text, '; ' order by text_number) filter (where text_source = 'planned' and text_number <= 3)
            as first_text
    from intermediate.trial_outcome_text
    where text_source in ('planned', 'posted')
    group by trial_id
)

select
    trial.trial_id,
    domain.domain,
    coalesce(strongest.status, if(outcome.trial_id is null, 'unknown', 'not_sought')) as status,
    coalesce(strongest.basis, if(outcome.trial_id is null, 'no_outcomes_module', 'outcomes_module')) as basis,
    case
        when strongest.trial_id is not null then strongest.decided_by_text
        when outcome.trial_id is not null
            then 'none of ' || outcome.planned_count || ' planned outcomes: '
                || coalesce(outcome.first_text, '') || if(outcome.planned_count > 3, '; ...', '')
    end as decided_by_text,
    watched.drugs_text,
    population.population,
    coalesce(trial.has_results, false) as has_results,
    trial.overall_status,
    trial.completion_date_text,
    (select max(last_update_date) from clean.trial) as reference_date
from watched
inner join clean.trial as trial using (trial_id)
inner join intermediate.trial_population as population using (trial_id)
cross join domain
left join strongest on strongest.trial_id = trial.trial_id and strongest.domain = domain.domain
left join outcome on outcome.trial_id = trial.trial_id
