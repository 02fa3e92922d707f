-- How many cases report each reaction, by drug and route and what the drug was given for.
-- grain  one row per source, drug, route, reaction, definition, population and label status; a drug, route, population and
--        label status with a case has every row
-- key    source, drug, route, reaction, definition, population, label_status
-- not    a rate, nor a count of off-label use; rows of populations and label statuses do not add up: a case may have
--        several indications, and is once in `any`
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

cell as (
    select
        indicated.source, indicated.drug, indicated.route, reaction.reaction, definition.definition,
        indicated.population, indicated.label_status, indicated.population_case_count
    from (
        select source, drug, route, population, label_status, count(*) as population_case_count
        from events.indicated_case
        group by all
    ) as indicated
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
),

exposed as (
    select source, drug, route, count(*) as drug_route_case_count
    from events.exposed_case
    group by source, drug, route
),

unknown_indication as (
    select source, drug, route, count(*) as case_count
    from events.indicated_case
    where population = 'unknown' and label_status = 'any'
    group by source, drug, route
),

-- as a reaction of the case, or as what the drug was given for
off_label as (
    select reaction.source, reaction.case_id, null as drug
    from events.reaction as reaction
    inner join codes.report_context as context
        on context.context = 'off_label_use' and lower(context.preferred_term) = lower(reaction.preferred_term)
    union
    select stated.source, stated.case_id, stated.drug
    from intermediate.stated_indication as stated
    inner join codes.report_context as context
        on context.context = 'off_label_use' and lower(context.preferred_term) = lower(stated.preferred_term)
),

marked as (
    select distinct
        reported.source, reported.case_id, reported.drug, reported.route
    from events.reported as reported
    inner join off_label
        on off_label.source = reported.source and off_label.case_id = reported.case_id
            and coalesce(off_label.drug = reported.drug, true)
),

counted as (
    select
        reported.source, reported.drug, reported.route, reported.reaction, reported.definition,
        indicated.population, indicated.label_status,
        count(*) as case_count, count(*) filter (where cases.is_serious) as serious_case_count,
        count(*) filter (where cases.is_fatal) as fatal_case_count,
        count(*) filter (where duplicate.case_id is null) as case_count_deduplicated,
        count(same.case_id) as reaction_is_indication_case_count,
        count(marked.case_id) as off_label_term_case_count
    from events.reported as reported
    inner join events.indicated_case as indicated using (source, case_id, drug, route)
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    left join events.duplicate as duplicate
        on duplicate.source = reported.source and duplicate.case_id = reported.case_id
    left join intermediate.reaction_as_indication as same
        on same.source = reported.source and same.case_id = reported.case_id and same.drug = reported.drug
            and same.route = reported.route and same.reaction = reported.reaction
            and same.definition = reported.definition
    left join marked
        on marked.source = reported.source and marked.case_id = reported.case_id and marked.drug = reported.drug
            and marked.route = reported.route
    group by all
)

select
    cell.source, cell.drug, cell.route, cell.reaction, cell.definition, cell.population, cell.label_status,
    coalesce(counted.case_count, 0) as case_count,
    coalesce(counted.serious_case_count, 0) as serious_case_count,
    coalesce(counted.fatal_case_count, 0) as fatal_case_count,
    coalesce(counted.case_count_deduplicated, 0) as case_count_deduplicated,
    coalesce(counted.reaction_is_indication_case_count, 0) as reaction_is_indication_case_count,
    coalesce(counted.case_count - counted.reaction_is_indication_case_count, 0)
        as reaction_is_not_indication_case_count,
    coalesce(counted.off_label_term_case_count, 0) as off_label_term_case_count,
    cell.population_case_count, exposed.drug_route_case_count,
    coalesce(unknown_indication.case_count, 0) as indication_unknown_case_count
from cell
inner join exposed using (source, drug, route)
left join counted using (source, drug, route, reaction, definition, population, label_status)
left join unknown_indication using (source, drug, route)
