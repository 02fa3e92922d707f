-- Within one drug, the intravenous cases beside those by other known routes: how many report a reaction, how many are
-- serious; and those on neither side, whose route is unknown or may be intravenous.
-- grain  one row per source, drug, reaction, definition, stratum kind and stratum, for drugs with cases on both sides; the
--        stratum `all` holds every case, the other kinds the strata with a case of either side. Cases on neither side are
--        those of the whole drug in each row
-- key    source, drug, reaction, definition, stratum_kind, stratum
-- not    a comparison of like patients: setting and indication decide the route. None for magnesium, whose route defines
--        the class
with side as (
    select exposed_case.source, exposed_case.case_id, exposed_case.drug, exposed_case.route, cases.is_serious
    from events.exposed_case as exposed_case
    inner join events.case as cases on cases.source = exposed_case.source and cases.case_id = exposed_case.case_id
    where exposed_case.route in ('intravenous', 'not_intravenous') and not starts_with(exposed_case.drug, 'magnesium')
),

placed as (
    select source, case_id, 'all' as stratum_kind, 'all' as stratum from intermediate.case_stratum
    union all
    select source, case_id, 'age_band, sex, year' as stratum_kind, patient_stratum as stratum
    from intermediate.case_stratum
),

reaction as (
    select reaction from codes.reaction
    union
    select rollup from codes.reaction_rollup
),

exposed as (
    select
        side.source, side.drug, placed.stratum_kind, placed.stratum,
        count(*) filter (where route = 'intravenous') as intravenous_case_count,
        count(*) filter (where route = 'not_intravenous') as not_intravenous_case_count,
        count(*) filter (where route = 'intravenous' and is_serious) as intravenous_serious_case_count,
        count(*) filter (where route = 'not_intravenous' and is_serious) as not_intravenous_serious_case_count
    from side
    inner join placed on placed.source = side.source and placed.case_id = side.case_id
    group by all
),

neither as (
    select every_case.source, every_case.drug, every_case.case_id
    from events.exposed_case as every_case
    left join side
        on side.source = every_case.source and side.case_id = every_case.case_id and side.drug = every_case.drug
    where every_case.route = 'any' and side.case_id is null
),

neither_exposed as (
    select source, drug, count(*) as case_count from neither group by source, drug
),

neither_reported as (
    select neither.source, neither.drug, reacting.reaction, reacting.definition, count(*) as case_count
    from neither
    inner join intermediate.reacting_case as reacting
        on reacting.source = neither.source and reacting.case_id = neither.case_id
    group by all
),

contrasted as (
    select source, drug from side group by source, drug having count(distinct route) = 2
),

reported as (
    select
        side.source, side.drug, reacting.reaction, reacting.definition, placed.stratum_kind, placed.stratum,
        count(*) filter (where route = 'intravenous') as intravenous_with_reaction_count,
        count(*) filter (where route = 'not_intravenous') as not_intravenous_with_reaction_count
    from side
    inner join placed on placed.source = side.source and placed.case_id = side.case_id
    inner join intermediate.reacting_case as reacting
        on reacting.source = side.source and reacting.case_id = side.case_id
    group by all
)

select
    exposed.source, exposed.drug, reaction.reaction, definition.definition, exposed.stratum_kind, exposed.stratum,
    coalesce(reported.intravenous_with_reaction_count, 0) as intravenous_with_reaction_count,
    exposed.intravenous_case_count,
    coalesce(reported.not_intravenous_with_reaction_count, 0) as not_intravenous_with_reaction_count,
    exposed.not_intravenous_case_count, exposed.intravenous_serious_case_count,
    exposed.not_intravenous_serious_case_count,
    coalesce(neither_reported.case_count, 0) as neither_side_with_reaction_count,
    coalesce(neither_exposed.case_count, 0) as neither_side_case_count
from exposed
inner join contrasted on contrasted.source = exposed.source and contrasted.drug = exposed.drug
cross join reaction
cross join (values ('narrow'), ('broad')) as definition (definition)
left join reported
    on reported.source = exposed.source and reported.drug = exposed.drug
        and reported.reaction = reaction.reaction and reported.definition = definition.definition
        and reported.stratum_kind = exposed.stratum_kind and reported.stratum = exposed.stratum
left join neither_exposed on neither_exposed.source = exposed.source and neither_exposed.drug = exposed.drug
left join neither_reported on neither_reported.source = exposed.source and neither_reported.drug = exposed.drug
    and neither_reported.reaction = reaction.reaction and neither_reported.definition = definition.definition
