-- Each version of a case as one delivery holds it, its fields typed.
-- grain  one row per report id and case number; lines that repeat both are one version (line_count says how many)
-- key    period, report_id, case_id
-- not    the current version: a later delivery may hold a later one, or delete the case. In the legacy era
--        version_number is FOLL_SEQ + 1 (blank: 1), which is rarely filled in and decides nothing
with dated as (
    select
        *, date_digits(init_fda_dt) as first_received_digits, date_digits(fda_dt) as received_digits,
        date_digits(event_dt) as event_digits
    from raw.faers_demo
),

measured as (
    select
        *, number_text(primaryid) as report_id, number_text(caseid) as case_id,
        if(era = 'laers', coalesce(try_cast(foll_seq as integer), 0) + 1, try_cast(caseversion as integer))
            as version_number,
        try_cast(age as double) * case upper(trim(age_cod))
            when 'DEC' then 10 when 'YR' then 1 when 'MON' then 1 / 12.0 when 'WK' then 1 / 52.1775
            when 'DY' then 1 / 365.25 when 'HR' then 1 / 8766.0
        end as years,
        try_cast(wt as double) * case upper(trim(wt_cod))
            when 'KG' then 1 when 'KGS' then 1 when 'LBS' then 0.45359237 when 'IB' then 0.45359237
            when 'GMS' then 0.001
        end as kilograms,
        plausible_receipt(day_of(first_received_digits), period) as first_received_date,
        plausible_receipt(day_of(received_digits), period) as received_date
    from dated
),

version as (
    select *, count(*) over (partition by period, report_id, case_id) as line_count
    from measured
    qualify row_number() over (
            partition by period, report_id, case_id
            order by
                if(era = 'faers', version_number, null) desc nulls last, received_date desc nulls last,
                line_number desc
        ) = 1
)

select
    version.period, version.era, version.report_id, version.case_id, version.version_number,
    try_cast(whole_number(version.report_id) as bigint) as report_number, version.line_number, version.line_count,
    text_of(version.image) as image_number, upper(text_of(version.i_f_code)) as initial_or_followup_code,
    version.first_received_date, version.received_date,
    receipt_quarter(version.first_received_digits, version.period) as first_received_quarter,
    receipt_quarter(version.received_digits, version.period) as received_quarter,
    coalesce(
        length(version.first_received_digits) = 4
        and plausible_receipt(earliest_day(version.first_received_digits), version.period) is not null, false
    ) as is_first_received_in_a_year,
    text_of(version.event_dt) as event_date_text, date_precision(version.event_digits) as event_date_precision,
    earliest_day(version.event_digits) as event_earliest_date, latest_day(version.event_digits) as event_latest_date,
    if(version.years between 0 and 120, version.years, null) as age_years,
    upper(text_of(version.age_grp)) as age_group_code,
    case upper(trim(version.sex)) when 'F' then 'female' when 'M' then 'male' when 'UNK' then 'unknown' end as sex,
    if(version.kilograms > 0 and version.kilograms <= 635, version.kilograms, null) as weight_kg,
    if(text_of(version.occp_cod) is null, null, coalesce(reporter.reporter_type, 'not coded')) as reporter_type,
    if(text_of(version.reporter_country) is null, null, coalesce(reporter_country.country, 'not coded'))
        as reporter_country,
    if(text_of(version.occr_country) is null, null, coalesce(occurrence_country.country, 'not coded'))
        as occurrence_country,
    -- Of the field that decides the country of a case, where no list knows its text.
    case
        when text_of(version.occr_country) is not null and occurrence_country.country is null
            then spaced(version.occr_country)
        when coalesce(occurrence_country.country, 'unknown') = 'unknown' and reporter_country.country is null
            then spaced(version.reporter_country)
    end as uncoded_country_text,
    upper(text_of(version.rept_cod)) as report_type_code,
    text_of(version.mfr_sndr) as manufacturer_name, text_of(version.mfr_num) as manufacturer_report_number,
    text_of(version.auth_num) as authority_report_number, text_of(version.lit_ref) as literature_text
from version
left join codes.reporter as reporter on reporter.reporter_code = upper(trim(version.occp_cod))
left join codes.country as reporter_country on reporter_country.country_text = spaced(version.reporter_country)
left join codes.country as occurrence_country on occurrence_country.country_text = spaced(version.occr_country)
