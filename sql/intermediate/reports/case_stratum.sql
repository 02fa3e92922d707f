-- The stratum of each case: by age band, sex and calendar year of first receipt, and by the length of its
-- report; with the counts that decide the length.
-- grain  one row per case
-- key    source, case_id
-- not    a count of drug lines: a drug named in three lines is one drug, only a line without a coded ingredient counts
--        each time, since two such lines may be one drug or two
with drug_of_case as (
    select
        source, case_id, bool_or(is_suspect) as is_suspect,
        case
            when ingredient not in ('not coded', 'unknown') then coalesce(drug, ingredient) else 'line ' || line_number
        end
            as named
    from events.exposure
    group by source, case_id, named
),

drugs as (
    select source, case_id, count(*) as drug_count, count(*) filter (where is_suspect) as suspect_drug_count
    from drug_of_case
    group by source, case_id
),

term_of_case as (
    select distinct source, case_id, lower(preferred_term) as folded from events.reaction
),

terms as (
    select source, case_id, count(*) as term_count from term_of_case group by source, case_id
),

counted as (
    select
        cases.source, cases.case_id, cases.age_band,
        coalesce(nullif(cases.sex, 'unknown'), 'not stated') as sex,
        regexp_replace(cases.first_received_quarter, 'Q.$', '') as first_received_year,
        coalesce(drugs.drug_count, 0) as drug_count, coalesce(drugs.suspect_drug_count, 0) as suspect_drug_count,
        coalesce(terms.term_count, 0) as term_count
    from events.case as cases
    left join drugs on drugs.source = cases.source and drugs.case_id = cases.case_id
    left join terms on terms.source = cases.source and terms.case_id = cases.case_id
)

select
    source, case_id, drug_count, suspect_drug_count, term_count,
    age_band || ', ' || sex || ', ' || first_received_year as patient_stratum,
    'drugs '
    || case when drug_count < 2 then drug_count::varchar when drug_count < 5 then '2-4'
        when drug_count < 10 then '5-9' else '10+'
    end
    || ', reactions '
    || case when term_count < 2 then term_count::varchar when term_count < 5 then '2-4'
        when term_count < 10 then '5-9' else '10+'
    end as length_stratum
from counted
