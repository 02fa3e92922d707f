-- The four cells of the primary analysis within each stratum, so that they can be pooled: by age band, sex and year of
-- first receipt, by the length of the report, and by what its suspect drugs were given for.
-- grain  one row per source, drug, route, reaction, definition, stratum kind and stratum in which that drug and route has
--        a case
-- key    source, drug, route, reaction, definition, stratum_kind, stratum
-- not    all strata: one without a case of the drug and route adds nothing to a pooled ratio or an expected count
with reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

placed as (
    select source, case_id, 'age_band, sex, year' as stratum_kind, patient_stratum as stratum
    from intermediate.case_stratum
    union all
    select source, case_id, 'report_length' as stratum_kind, length_stratum as stratum from intermediate.case_stratum
    union all
    select
        every_case.source, every_case.case_id, 'indication' as stratum_kind,
        coalesce(known.indication_stratum, 'unknown') as stratum
    from intermediate.case_stratum as every_case
    left join events.case_indication as known
        on known.source = every_case.source and known.case_id = every_case.case_id
),

universe as (
    select source, stratum_kind, stratum, count(*) as case_count from placed group by source, stratum_kind, stratum
),

reacting as (
    select
        placed.source, placed.stratum_kind, placed.stratum, reacting.reaction, reacting.definition,
        count(*) as case_count
    from intermediate.reacting_case as reacting
    inner join placed on placed.source = reacting.source and placed.case_id = reacting.case_id
    group by all
),

exposed as (
    select placed.source, placed.stratum_kind, placed.stratum, exposed.drug, exposed.route, count(*) as case_count
    from events.exposed_case as exposed
    inner join placed on placed.source = exposed.source and placed.case_id = exposed.case_id
    group by all
),

reported as (
    select
        placed.source, placed.stratum_kind, placed.stratum, reported.drug, reported.route, reported.reaction,
        reported.definition, count(*) as case_count
    from events.reported as reported
    inner join placed on placed.source = reported.source and placed.case_id = reported.case_id
    group by all
),

counted as (
    select
        exposed.source, exposed.drug, exposed.route, reaction.reaction, definition.definition,
        exposed.stratum_kind, exposed.stratum, exposed.case_count as drug_route_case_count,
        universe.case_count as universe_count
    from exposed
    inner join universe using (source, stratum_kind, stratum)
    cross join reaction
    cross join (values ('narrow'), ('broad')) as definition (definition)
)

select
    counted.source, counted.drug, counted.route, counted.reaction, counted.definition, counted.stratum_kind,
    counted.stratum,
    coalesce(reported.case_count, 0) as with_both_count,
    counted.drug_route_case_count - coalesce(reported.case_count, 0) as drug_only_count,
    coalesce(reacting.case_count, 0) - coalesce(reported.case_count, 0) as reaction_only_count,
    counted.universe_count - counted.drug_route_case_count - coalesce(reacting.case_count, 0)
    + coalesce(reported.case_count, 0) as neither_count,
    counted.universe_count
from counted
left join reported using (source, drug, route, reaction, definition, stratum_kind, stratum)
left join reacting using (source, reaction, definition, stratum_kind, stratum)
