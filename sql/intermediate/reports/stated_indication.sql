-- What each case says a suspect drug of the watch list was given for by one route, and whether a label of that drug, by
-- that route, in the country and on the day of the report, names it.
-- grain  one row per case, drug, route of its drug lines and term; a drug and route without a term has one row without
-- key    source, case_id, drug, route, preferred_term, label_status
-- not    off-label use: the term alone does not show it, and a label names stages and combinations that no term states
with line as (
    select distinct
        exposure.source, exposure.case_id, exposure.drug_sequence, exposure.drug, exposure.drug_subclass,
        coalesce(exposure.route, 'unknown') as route
    from events.exposure as exposure
    where exposure.is_suspect and exposure.drug is not null
),

-- a term stands for the line of the same number; a line without one has said nothing
stated as (
    select distinct
        line.source, line.case_id, line.drug, line.drug_subclass, line.route, indication.preferred_term,
        coalesce(
            listed.population, if(indication.preferred_term is null, 'unknown', 'other')
        ) as population
    from line
    left join (
        select 'faers' as source, case_id, drug_sequence, preferred_term
        from clean.faers_indication
        where preferred_term is not null
    ) as indication
        on indication.source = line.source and indication.case_id = line.case_id
            and indication.drug_sequence = line.drug_sequence
    left join codes.indication as listed on lower(listed.preferred_term) = lower(indication.preferred_term)
),

-- one row per drug, region and term that a label names, or leaves open, by any route
named_anywhere as (
    select distinct drug, region, lower(preferred_term) as folded
    from codes.indication_label
    where preferred_term is not null
),

-- what a label says of every other indication, by one route or (blank) by all of them
every_other as (
    select drug, region, coalesce(route, '') as route, status
    from codes.indication_label
    where preferred_term is null
),

judged as (
    select
        stated.source, stated.case_id, stated.drug, stated.drug_subclass, stated.route, stated.preferred_term,
        stated.population,
        case
            when stated.population = 'unknown' then 'unknown'
            when coalesce(named.since::date <= coalesce(cases.first_received_date, cases.received_date), true)
                and named.status is not null then named.status
            -- by a route that is not known, what is labelled by some route is open
            when
                stated.route in ('unknown', 'not coded', 'other') and named_anywhere.folded is not null
                then 'unknown'
            else coalesce(rest_by_route.status, rest.status, 'unknown')
        end as label_status
    from stated
    inner join events.case as cases on cases.source = stated.source and cases.case_id = stated.case_id
    left join codes.label_region as label_region on label_region.country = cases.country
    left join codes.indication_label as named
        on named.drug = stated.drug and named.route = stated.route and named.region = label_region.region
            and lower(named.preferred_term) = lower(stated.preferred_term)
    left join named_anywhere
        on named_anywhere.drug = stated.drug and named_anywhere.region = label_region.region
            and named_anywhere.folded = lower(stated.preferred_term)
    left join every_other as rest_by_route
        on rest_by_route.drug = stated.drug and rest_by_route.region = label_region.region
            and rest_by_route.route = stated.route
    left join every_other as rest
        on rest.drug = stated.drug and rest.region = label_region.region and rest.route = ''
),

called as (
    select source, case_id, drug, route, preferred_term, population, label_status from judged
    union
    select source, case_id, drug_subclass, route, preferred_term, population, label_status
    from judged
    where drug_subclass is not null
    union
    select
        judged.source, judged.case_id, drug_rollup.rollup, judged.route, judged.preferred_term, judged.population,
        judged.label_status
    from judged
    inner join codes.drug_rollup as drug_rollup on drug_rollup.drug = judged.drug
)

select source, case_id, drug, route, preferred_term, population, label_status from called
