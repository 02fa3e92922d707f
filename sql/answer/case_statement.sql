-- What each case that names a drug of the watch list states, a statement a row: drugs, routes, doses, indications,
-- reactions, outcomes, days to onset, dechallenge and rechallenge. A statement on one drug begins with its name.
-- grain  one row per source, case, topic and statement
-- key    source, case_id, topic, statement_text
-- not    verified, nor counts: a statement is what one reporter wrote, and a case has as many rows as it makes
with watched as (
    select case_id, event_earliest_date, event_latest_date from clean.faers_case where has_watch_list_drug
),

drug_line as (
    select
        *, coalesce(role_code in ('PS', 'SS', 'I'), false) as is_suspect,
        nullif(concat_ws(' ', dose_amount_text, dose_unit_text), '') as amount_text
    from clean.faers_drug
),

suspect_line as (
    select * from drug_line where is_suspect
),

-- Of several starts the earliest is meant: it lies between the earliest of their first and that of their last days.
started as (
    select
        suspect_line.case_id, suspect_line.drug, min(therapy.start_earliest_date) as start_earliest_date,
        min(therapy.start_latest_date) as start_latest_date
    from suspect_line
    inner join clean.faers_therapy as therapy
        on therapy.case_id = suspect_line.case_id and therapy.drug_sequence = suspect_line.drug_sequence
    where therapy.start_earliest_date is not null
    group by suspect_line.case_id, suspect_line.drug
),

onset as (
    select
        watched.case_id, started.drug,
        date_diff('day', started.start_latest_date, watched.event_earliest_date) as fewest,
        date_diff('day', started.start_earliest_date, watched.event_latest_date) as most
    from watched
    inner join started on started.case_id = watched.case_id
    where watched.event_earliest_date is not null
),

stated as (
    select case_id, if(is_suspect, 'watched_suspect', 'watched_other') as topic, drug as statement_text
    from drug_line
    union all
    select exposure.case_id, if(exposure.is_suspect, 'other_suspect', 'concomitant'), exposure.ingredient
    from events.exposure as exposure
    inner join watched on watched.case_id = exposure.case_id
    where exposure.source = 'faers' and exposure.drug is null
    union all
    select case_id, 'route', drug || ': ' || coalesce(route, 'not stated') from suspect_line
    union all
    select
        case_id, 'dose',
        drug || ': '
        || nullif(concat_ws(', ', amount_text, dose_frequency_text, dose_form_text, dose_text), '')
    from suspect_line
    union all
    select
        case_id, 'dechallenge',
        drug || ': '
        || case dechallenge_code
            when 'Y' then 'abated' when 'N' then 'did not abate' when 'U' then 'unknown'
            when 'D' then 'does not apply' else dechallenge_code
        end
    from suspect_line
    union all
    select
        case_id, 'rechallenge',
        drug || ': '
        || case rechallenge_code
            when 'Y' then 'came back' when 'N' then 'did not come back' when 'U' then 'unknown'
            when 'D' then 'does not apply' else rechallenge_code
        end
    from suspect_line
    union all
    select suspect_line.case_id, 'indication', suspect_line.drug || ': ' || indication.preferred_term
    from suspect_line
    inner join clean.faers_indication as indication
        on indication.case_id = suspect_line.case_id and indication.drug_sequence = suspect_line.drug_sequence
    union all
    select case_id, 'onset', drug || ': ' || if(fewest = most, most::varchar, fewest || ' to ' || most) || ' days'
    from onset
    union all
    select case_id, 'reaction', preferred_term from clean.faers_reaction
    union all
    select outcome.case_id, 'outcome', coalesce(word.meaning, outcome.outcome_code)
    from clean.faers_outcome as outcome
    left join meta.vocabulary as word on word.vocabulary = 'outcome_code' and word.value = outcome.outcome_code
)

select distinct 'faers' as source, case_id, topic, statement_text from stated where statement_text is not null
