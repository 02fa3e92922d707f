-- The ids behind a published count, so that every number can be opened.
-- Columns are qualified: an unqualified `drug = drug` would compare the argument with itself and match everything.

create or replace macro cases_behind(drug, route, reaction, definition, quarter := null) as table
    select reported.source, reported.case_id, cases.report_id, cases.version_number, cases.period,
        cases.first_received_date, cases.received_date, cases.is_serious, cases.is_fatal
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    where reported.drug = drug
        and reported.route = route
        and reported.reaction = reaction
        and reported.definition = definition
        and (quarter is null or cases.first_received_quarter = quarter)
    order by reported.source, reported.case_id;
