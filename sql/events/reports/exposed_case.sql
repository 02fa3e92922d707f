-- Which drug of the watch list each case suspects, by which route: the primary analysis.
-- grain  one row per case, drug and route, the roll-ups of drug and route included
-- key    source, case_id, drug, route
-- not    additive: a case has a row in each route it names, and one in any
select source, case_id, drug, route from intermediate.analysis_exposure where analysis = 'primary'
