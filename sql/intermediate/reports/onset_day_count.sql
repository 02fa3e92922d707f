-- How many dated cases had their event on each day after the start of the drug by the route.
-- grain  one row per source, drug, route, reaction, definition and day with a case; day 0 is the day of the start
-- key    source, drug, route, reaction, definition, onset_days
-- not    every case: those without two exact dates in order are counted in intermediate.onset_count
select
    reported.source, reported.drug, reported.route, reported.reaction, reported.definition, onset.onset_days,
    count(*) as case_count
from events.reported as reported
inner join intermediate.case_onset as onset using (source, case_id, drug, route)
where onset.onset_basis = 'dated'
group by reported.source, reported.drug, reported.route, reported.reaction, reported.definition, onset.onset_days
