-- How many cases of each drug, route and reaction have a time to onset, why the others have none, and how many report
-- what stopping the drug or giving it again did.
-- grain  one row per source, drug, route, reaction and definition with a case
-- key    source, drug, route, reaction, definition
-- not    a rate; rows of routes and of reactions do not add up
select
    reported.source, reported.drug, reported.route, reported.reaction, reported.definition,
    count(*) as case_count,
    count(*) filter (where onset.onset_basis = 'dated') as dated_case_count,
    count(*) filter (where onset.onset_basis = 'no_start_date') as no_start_date_case_count,
    count(*) filter (where onset.onset_basis = 'start_not_exact') as start_not_exact_case_count,
    count(*) filter (where onset.onset_basis = 'no_event_date') as no_event_date_case_count,
    count(*) filter (where onset.onset_basis = 'event_not_exact') as event_not_exact_case_count,
    count(*) filter (where onset.onset_basis = 'event_after_receipt') as event_after_receipt_case_count,
    count(*) filter (where onset.onset_basis = 'event_before_start') as event_before_start_case_count,
    count(*) filter (where onset.onset_days = 0) as day_0_case_count,
    count(*) filter (where onset.onset_basis = 'dated' and onset.start_count > 1) as several_starts_case_count,
    count(*) filter (where onset.dechallenge = 'positive') as dechallenge_positive_case_count,
    count(*) filter (where onset.dechallenge = 'negative') as dechallenge_negative_case_count,
    count(*) filter (where onset.dechallenge = 'contradictory') as dechallenge_contradictory_case_count,
    count(*) filter (where onset.dechallenge = 'not stated') as dechallenge_not_stated_case_count,
    count(*) filter (where onset.rechallenge = 'positive') as rechallenge_positive_case_count,
    count(*) filter (where onset.rechallenge = 'negative') as rechallenge_negative_case_count,
    count(*) filter (where onset.rechallenge = 'contradictory') as rechallenge_contradictory_case_count,
    count(*) filter (where onset.rechallenge = 'not stated') as rechallenge_not_stated_case_count
from events.reported as reported
inner join intermediate.case_onset as onset using (source, case_id, drug, route)
group by reported.source, reported.drug, reported.route, reported.reaction, reported.definition
