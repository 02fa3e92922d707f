-- Each case as its current version states it.
-- grain  one row per current case: latest version, not deleted
-- key    case_id
-- not    a person: several cases may describe one person, and a case proves no effect of a drug
with current as (
    select period, report_id, case_id, has_returned, is_disputed from clean.faers_version where disposition = 'current'
),

watched as (
    select distinct current.period, current.case_id
    from typed.faers_exposure as exposure
    inner join current
        on current.period = exposure.period and current.report_id = exposure.report_id
            and (current.case_id = exposure.case_id or exposure.era = 'laers')
    where exposure.drug is not null
),

first_landed as (
    -- Needed only for cases whose current version may not state when the case was first received.
    select
        landed.case_id, min(landed.received_date) as earliest_received_date,
        min(landed.received_quarter) as earliest_quarter
    from typed.faers_case_version as landed
    left join
        clean.faers_version
            as elsewhere
        on elsewhere.disposition = 'counted under another case number' and elsewhere.case_id = landed.case_id
            and elsewhere.period = landed.period and elsewhere.report_id = landed.report_id
    where landed.case_id in (select case_id from typed.faers_case_version where first_received_quarter is null)
        and elsewhere.case_id is null
    group by landed.case_id
)

select
    version.case_id, version.report_id, version.period, version.era, version.version_number,
    if(current.has_returned, 'returned after deletion', 'latest version') as stands_because,
    current.is_disputed, watched.case_id is not null as has_watch_list_drug,
    -- The day belongs to the quarter: a day that a later version gives is not when the case was first received.
    case
        when version.first_received_quarter is not null then version.first_received_date
        when version.is_first_received_in_a_year then null
        when date_trunc('quarter', first_landed.earliest_received_date)
            = make_date(
                left(first_landed.earliest_quarter, 4)::integer,
                3 * right(first_landed.earliest_quarter, 1)::integer - 2, 1
            )
            then first_landed.earliest_received_date
    end as first_received_date,
    -- First received in a year without a month: a later version's quarter would be made up.
    coalesce(
        version.first_received_quarter,
        if(version.is_first_received_in_a_year, null, first_landed.earliest_quarter)
    ) as first_received_quarter,
    version.received_date, version.event_date_text, version.event_date_precision,
    version.event_earliest_date, version.event_latest_date, version.age_years, version.age_group_code,
    version.sex, version.weight_kg, version.reporter_type, version.reporter_country, version.occurrence_country,
    version.report_type_code, version.initial_or_followup_code, version.literature_text is not null as has_literature
from typed.faers_case_version as version
inner join current
    on current.period = version.period and current.report_id = version.report_id
        and current.case_id = version.case_id
left join first_landed on first_landed.case_id = version.case_id
left join watched on watched.period = version.period and watched.case_id = version.case_id
