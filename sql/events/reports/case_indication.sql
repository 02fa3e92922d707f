-- What the suspect drugs of each case were given for, as a stratum: chronic pain, or another indication. It is of the
-- whole universe, so that a drug given for chronic pain is compared with other drugs given for chronic pain.
-- grain  one row per case in which a suspect drug has a known indication
-- key    source, case_id
-- not    every case: one without a row has no known indication
select
    'faers' as source, faers_case.case_id,
    if(bool_or(population.rollup = 'chronic_pain'), 'chronic_pain', 'other') as indication_stratum
from typed.faers_indication as indication
inner join clean.faers_case as faers_case
    on faers_case.period = indication.period and faers_case.report_id = indication.report_id
        and (faers_case.case_id = indication.case_id or indication.era = 'laers')
-- a line with several ingredients or routes is met several times, which changes nothing
inner join events.exposure as suspect
    on suspect.source = 'faers' and suspect.case_id = faers_case.case_id
        and suspect.drug_sequence = indication.drug_sequence and suspect.is_suspect
left join codes.indication as listed on lower(listed.preferred_term) = lower(indication.preferred_term)
left join codes.indication_population as population
    on population.value = coalesce(listed.population, 'other')
where indication.preferred_term is not null and coalesce(listed.population, 'other') <> 'unknown'
group by faers_case.case_id
