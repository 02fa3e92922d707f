-- What two cases share that reports of two people would not: a sender's or an authority's own number (R0), or every
-- fact (R1: day, age, sex, country, all ingredients, all terms; the key of AEOLUS, Banda et al. 2016,
-- 10.1038/sdata.2016.26).
-- grain  one row per case, rule and the latest case that shares it; that latest case has no row of its own
-- key    source, case_id, linked_case_id, rule
-- not    transitive, and no proof: two people may share every fact that a report can state
with identity as (
    -- Placeholders (UNKNOWN, 0000) identify nothing, and an authority's bare digits number within its country only. A
    -- first of January is mostly a year completed by a system. Unknown equals nothing: every fact must be known. A
    -- country that no list knows is known to the reporter: it is compared by its text.
    select
        cases.case_id,
        if(
            regexp_matches(version.manufacturer_report_number, '[1-9]')
            and length(version.manufacturer_report_number) > 2
            and version.manufacturer_name is not null,
            hash('sender', upper(version.manufacturer_name), upper(version.manufacturer_report_number)), null
        ) as sender_mark,
        if(
            regexp_matches(version.authority_report_number, '[1-9]') and length(version.authority_report_number) > 2,
            hash(
                'authority', upper(version.authority_report_number),
                if(
                    regexp_matches(version.authority_report_number, '[A-Za-z]'), null,
                    coalesce(version.uncoded_country_text, cases.country)
                )
            ), null
        ) as authority_mark,
        if(
            version.event_date_precision = 'day' and strftime(version.event_earliest_date, '%m%d') <> '0101'
            and cases.age_years is not null and cases.sex in ('female', 'male')
            and cases.country <> 'unknown',
            hash(
                version.event_earliest_date, cases.age_years, cases.sex,
                coalesce(version.uncoded_country_text, cases.country)
            ), null
        ) as person_mark
    from events.case as cases
    inner join typed.faers_case_version as version on version.period = cases.period
        and version.report_id = cases.report_id and version.case_id = cases.case_id
),

person as (
    select case_id, person_mark from identity
    where person_mark in (select person_mark from identity group by person_mark having count(*) > 1)
),

-- A list is compared by the sum of its hashes, and only among cases that are still alike: no list is ever built.
termed as (
    select case_id, hash(person_mark, count(*), sum(hash(folded))) as term_mark
    from (
        select distinct person.case_id, person.person_mark, lower(reaction.preferred_term) as folded
        from person inner join events.reaction as reaction on reaction.case_id = person.case_id
    ) as named
    group by case_id, person_mark
    qualify count(*) over (partition by term_mark) > 1
),

described as (
    select case_id, hash(term_mark, count(*), sum(hash(ingredient))) as story_mark
    from (
        select distinct termed.case_id, termed.term_mark, coalesce(exposure.ingredient, 'not coded') as ingredient
        from termed inner join events.exposure as exposure on exposure.case_id = termed.case_id
    ) as named
    group by case_id, term_mark
    -- A drug that nobody could name may be another one.
    having count(*) filter (where ingredient = 'not coded') = 0
),

marked as (
    select case_id, 'R0' as rule, sender_mark as mark from identity where sender_mark is not null
    union all
    select case_id, 'R0', authority_mark from identity where authority_mark is not null
    union all
    select case_id, 'R1', story_mark from described
),

shared as (
    select
        marked.rule, marked.mark, cases.source, cases.case_id, cases.age_years, nullif(cases.sex, 'unknown') as sex,
        first_value(cases.case_id) over (
            partition by marked.mark
            order by
                cases.received_date desc nulls last, whole_number(cases.case_id) desc nulls last,
                cases.case_id desc
        ) as linked_case_id
    from marked
    inner join events.case as cases on cases.case_id = marked.case_id
    where marked.mark in (select mark from marked group by mark having count(*) > 1)
)

select distinct source, case_id, linked_case_id, rule
from shared
-- A number that two people share identifies neither: it links none of its cases.
qualify case_id <> linked_case_id
    and min(sex) over (partition by mark) is not distinct from max(sex) over (partition by mark)
    and coalesce(max(age_years) over (partition by mark) - min(age_years) over (partition by mark), 0) <= 2
