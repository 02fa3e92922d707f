-- Which cases, in one line each: age, sex, country, year, reporter, suspect drugs, routes, doses, indications, reactions,
-- outcomes, onset, dechallenge, duplicates, and the lines of the files. Several values of one field are sorted, with a
-- semicolon between them; null where nothing is stated.
-- grain  one row per source and case that names a drug of the watch list in any role
-- key    source, case_id
-- not    a verified account: a report does not say which drug is held to have caused which reaction
with stated as (
    select
        source, case_id,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'watched_suspect')
            as watched_suspect_drugs_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'watched_other')
            as watched_other_drugs_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'other_suspect')
            as other_suspect_drugs_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'concomitant')
            as concomitant_drugs_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'route') as routes_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'dose') as doses_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'indication')
            as indications_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'reaction') as reactions_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'outcome') as outcomes_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'onset') as onset_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'dechallenge')
            as dechallenge_text,
        string_agg(statement_text, '; ' order by statement_text) filter (where topic = 'rechallenge')
            as rechallenge_text
    from answer.case_statement
    group by source, case_id
),

located as (
    select
        source, case_id, any_value(delivery_id) as delivery_id,
        string_agg(coalesce(member, table_name) || ' ' || line_numbers_text, '; ' order by table_name)
            as source_lines_text
    from answer.case_source_line
    group by source, case_id
)

select
    cases.source, cases.case_id, cases.report_id, cases.version_number, cases.period,
    left(nullif(cases.first_received_quarter, 'not stated'), 4)::integer as first_received_year,
    cases.first_received_date, cases.received_date, cases.age_years, cases.age_band, cases.sex, cases.country,
    cases.reporter_type, cases.is_serious, cases.is_fatal,
    stated.watched_suspect_drugs_text, stated.routes_text, stated.doses_text, stated.indications_text,
    stated.other_suspect_drugs_text, stated.watched_other_drugs_text, stated.concomitant_drugs_text,
    stated.reactions_text, stated.outcomes_text, stated.onset_text, stated.dechallenge_text, stated.rechallenge_text,
    duplicate.case_id is not null as is_duplicate, duplicate.kept_case_id,
    located.delivery_id, located.source_lines_text,
    concat_ws(
        '. ', if(duplicate.case_id is not null, 'Probably describes a person whom another case describes too', null),
        if(stated.watched_suspect_drugs_text is null, 'No watched drug is suspected: the case is in no count', null),
        'What one reporter stated: not verified, not proof that a drug caused a reaction, and no rate'
    ) as caveat
from events.case as cases
inner join stated on stated.source = cases.source and stated.case_id = cases.case_id
left join located on located.source = cases.source and located.case_id = cases.case_id
left join events.duplicate as duplicate on duplicate.source = cases.source and duplicate.case_id = cases.case_id
