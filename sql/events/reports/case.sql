-- Each case of the universe: every current report, whatever drug it names.
-- grain  one row per case
-- key    source, case_id
-- not    a person, and no proof that a drug caused anything
with outcome_of_case as (
    select
        faers_case.case_id,
        bool_or(outcome.outcome_code in ('DE', 'LT', 'HO', 'DS', 'CA', 'RI', 'OT')) as is_serious,
        bool_or(outcome.outcome_code = 'DE') as is_fatal
    from typed.faers_outcome as outcome
    inner join clean.faers_case as faers_case
        on faers_case.period = outcome.period and faers_case.report_id = outcome.report_id
            and (faers_case.case_id = outcome.case_id or outcome.era = 'laers')
    group by faers_case.case_id
)

select
    'faers' as source, faers_case.case_id, faers_case.version_number, faers_case.period, faers_case.era,
    faers_case.report_id, faers_case.first_received_date, faers_case.received_date,
    coalesce(faers_case.first_received_quarter, 'not stated') as first_received_quarter,
    faers_case.age_years,
    case
        when faers_case.age_years < 18 then '0-17'
        when faers_case.age_years < 45 then '18-44'
        when faers_case.age_years < 65 then '45-64'
        when faers_case.age_years < 75 then '65-74'
        when faers_case.age_years >= 75 then '75+'
        else 'not stated'
    end as age_band,
    faers_case.sex, faers_case.reporter_type,
    coalesce(nullif(faers_case.occurrence_country, 'unknown'), faers_case.reporter_country) as country,
    faers_case.report_type_code,
    case when faers_case.report_type_code is not null then faers_case.report_type_code in ('EXP', '5DAY', '30DAY') end
        as is_expedited,
    coalesce(outcome_of_case.is_serious, false) as is_serious,
    coalesce(outcome_of_case.is_fatal, false) as is_fatal
from clean.faers_case as faers_case
left join outcome_of_case on outcome_of_case.case_id = faers_case.case_id
