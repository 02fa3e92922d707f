-- Published times to onset whose counts do not close: with the published cases, or with the days they are made of.
-- grain  one row per cell that breaks the rule: empty when each case is dated or has its one reason
-- key    source, drug, route, reaction, definition
-- not    a rule about the days themselves
-- why    a case that is neither dated nor has a reason, or is counted twice, makes the share that is dated wrong
with counted as (
    select
        source, drug, route, reaction, definition, sum(case_count)::bigint as case_count,
        coalesce(sum(case_count) filter (where onset_days = 0), 0)::bigint as day_0_case_count
    from intermediate.onset_day_count
    group by all
)

select source, drug, route, reaction, definition, whole.case_count, onset.case_count as onset_case_count
from summary.reported_by_drug_route as whole
full join summary.time_to_onset as onset using (source, drug, route, reaction, definition)
left join counted using (source, drug, route, reaction, definition)
where whole.case_count is distinct from onset.case_count
    or onset.case_count <> onset.dated_case_count + onset.no_start_date_case_count
    + onset.start_not_exact_case_count + onset.no_event_date_case_count + onset.event_not_exact_case_count
    + onset.event_after_receipt_case_count + onset.event_before_start_case_count
    or onset.dated_case_count <> coalesce(counted.case_count, 0)
    or onset.day_0_case_count <> coalesce(counted.day_0_case_count, 0)
    or onset.case_count <> onset.dechallenge_positive_case_count + onset.dechallenge_negative_case_count
    + onset.dechallenge_contradictory_case_count + onset.dechallenge_not_stated_case_count
    or onset.case_count <> onset.rechallenge_positive_case_count + onset.rechallenge_negative_case_count
    + onset.rechallenge_contradictory_case_count + onset.rechallenge_not_stated_case_count
