-- Days from the first start of each suspect drug by a route to the event date of its case, or the reason there are none;
-- with what the report says of stopping the drug and of giving it again.
-- grain  one row per case, drug and route, the roll-ups of each included
-- key    source, case_id, drug, route
-- not    the onset of one reaction: a report has one event date for all of them. A start by another route is not used
with line as (
    select distinct source, case_id, drug, route, line_number, drug_sequence from intermediate.exposed_line
),

started as (
    select
        line.source, line.case_id, line.drug, line.route,
        count(therapy.start_date_text) as stated_count,
        count(distinct therapy.start_earliest_date) filter (where therapy.start_date_precision = 'day') as start_count,
        min(therapy.start_earliest_date) filter (where therapy.start_date_precision = 'day') as exact_date,
        min(therapy.start_earliest_date) filter (where therapy.start_date_precision <> 'day') as inexact_date,
        count(*) filter (where therapy.start_date_text is not null and therapy.start_date_precision is null)
            as unreadable_count
    from line
    left join (select 'faers' as source, * from clean.faers_therapy) as therapy
        on therapy.source = line.source and therapy.case_id = line.case_id
            and therapy.drug_sequence = line.drug_sequence
    group by line.source, line.case_id, line.drug, line.route
),

challenged as (
    select
        line.source, line.case_id, line.drug, line.route,
        coalesce(bool_or(stated.dechallenge_code = 'Y'), false) as is_dechallenge_positive,
        coalesce(bool_or(stated.dechallenge_code = 'N'), false) as is_dechallenge_negative,
        coalesce(bool_or(stated.rechallenge_code = 'Y'), false) as is_rechallenge_positive,
        coalesce(bool_or(stated.rechallenge_code = 'N'), false) as is_rechallenge_negative
    from line
    left join (
        select distinct 'faers' as source, case_id, line_number, dechallenge_code, rechallenge_code
        from clean.faers_drug
        semi join line using (case_id, line_number)
    ) as stated
        on stated.source = line.source and stated.case_id = line.case_id and stated.line_number = line.line_number
    group by line.source, line.case_id, line.drug, line.route
),

judged as (
    select
        started.*,
        reported.event_earliest_date,
        case
            when started.stated_count = 0 then 'no_start_date'
            -- a start known to the month or year, or not readable, may lie before the earliest exact one
            when started.exact_date is null or started.unreadable_count > 0
                or coalesce(started.inexact_date < started.exact_date, false) then 'start_not_exact'
            when reported.event_date_text is null then 'no_event_date'
            when (reported.event_date_precision is distinct from 'day') then 'event_not_exact'
            when reported.event_earliest_date > reported.received_date then 'event_after_receipt'
            when reported.event_earliest_date < started.exact_date then 'event_before_start'
            else 'dated'
        end as onset_basis
    from started
    left join (select 'faers' as source, * from clean.faers_case) as reported
        on reported.source = started.source and reported.case_id = started.case_id
)

select
    judged.source, judged.case_id, judged.drug, judged.route, judged.onset_basis,
    case when judged.onset_basis = 'dated' then date_diff('day', judged.exact_date, judged.event_earliest_date) end
        as onset_days,
    judged.start_count,
    case
        when challenged.is_dechallenge_positive and challenged.is_dechallenge_negative then 'contradictory'
        when challenged.is_dechallenge_positive then 'positive'
        when challenged.is_dechallenge_negative then 'negative'
        else 'not stated'
    end as dechallenge,
    case
        when challenged.is_rechallenge_positive and challenged.is_rechallenge_negative then 'contradictory'
        when challenged.is_rechallenge_positive then 'positive'
        when challenged.is_rechallenge_negative then 'negative'
        else 'not stated'
    end as rechallenge
from judged
inner join challenged using (source, case_id, drug, route)
