-- The cases of the adjusted contrast of routes: which side, and what is adjusted for.
-- grain  one row per source, drug and case on either side, probable duplicates, misuse and overdose set aside
-- key    source, drug, case_id
-- not    every case of the drug: a case by an unknown route is on neither side. No roll-up, which would set one product
--        against another; no magnesium, whose route defines the class
with set_aside as (
    select distinct source, case_id
    from intermediate.analysis_set_aside
    where analysis in ('without_duplicates', 'without_misuse_or_overdose')
),

side as (
    select exposed.source, exposed.drug, exposed.case_id, exposed.route = 'intravenous' as is_intravenous
    from events.exposed_case as exposed
    left join codes.drug_rollup as drug_rollup on drug_rollup.rollup = exposed.drug
    left join set_aside on set_aside.source = exposed.source and set_aside.case_id = exposed.case_id
    where exposed.route in ('intravenous', 'not_intravenous') and drug_rollup.rollup is null
        and not starts_with(exposed.drug, 'magnesium') and set_aside.case_id is null
),

stated as (
    select distinct
        exposure.source, exposure.case_id, exposure.drug,
        coalesce(listed.indication_group, 'other') as indication_group
    from events.exposure as exposure
    inner join clean.faers_indication as indication
        on exposure.source = 'faers' and indication.case_id = exposure.case_id
            and indication.drug_sequence = exposure.drug_sequence
    left join codes.indication as listed on lower(listed.preferred_term) = lower(indication.preferred_term)
    where exposure.is_suspect and exposure.drug is not null
),

-- a listed purpose goes before another or an unknown one; two listed ones are none of either
purpose as (
    select
        source, case_id, drug,
        case count(*) filter (where indication_group not in ('other', 'unknown'))
            when 0 then min(indication_group)
            when 1 then min(indication_group) filter (where indication_group not in ('other', 'unknown'))
            else 'other'
        end as indication_group
    from stated
    group by source, case_id, drug
),

beside as (
    select
        exposure.source, exposure.case_id, bool_or(comedication.drug_class = 'opioid') as has_opioid,
        bool_or(comedication.drug_class = 'sedative') as has_sedative
    from events.exposure as exposure
    inner join codes.comedication as comedication on comedication.ingredient = exposure.ingredient
    group by exposure.source, exposure.case_id
)

select
    side.source, side.drug, side.case_id, side.is_intravenous, cases.age_band,
    coalesce(nullif(cases.sex, 'unknown'), 'not stated') as sex,
    try_cast(regexp_replace(cases.first_received_quarter, 'Q.$', '') as integer) as first_received_year,
    case
        when cases.country is null or cases.country = 'not stated' then 'not stated'
        when cases.country = 'US' then 'US'
        else 'elsewhere'
    end as country_group,
    case
        when
            cases.reporter_type in ('physician', 'pharmacist', 'nurse', 'health_professional')
            then 'health professional'
        when cases.reporter_type in ('consumer', 'lawyer') then 'consumer or lawyer'
        else 'not stated'
    end as reporter_group,
    coalesce(purpose.indication_group, 'unknown') as indication_group,
    coalesce(beside.has_opioid, false) as has_opioid,
    coalesce(beside.has_sedative, false) as has_sedative
from side
inner join events.case as cases on cases.source = side.source and cases.case_id = side.case_id
left join purpose
    on purpose.source = side.source and purpose.case_id = side.case_id and purpose.drug = side.drug
left join beside on beside.source = side.source and beside.case_id = side.case_id
