-- Which drug of the watch list each case names, by which route, in each analysis: `primary`, and the sensitivities that
-- take other roles, other products, other routes, or leave cases aside.
-- grain  one row per analysis, case, drug and route, the roll-ups of drug and route included
-- key    analysis, source, case_id, drug, route
-- not    additive: a case has a row in each route it names, and one in any; analyses hold the same cases again
with exposure as (
    select
        source, case_id, drug, drug_subclass, role_code, is_suspect, is_single_ingredient,
        coalesce(route, 'unknown') as route, route_detail, inferred_route
    from events.exposure
    where drug is not null and (is_suspect or role_code = 'C')
),

included as (
    select
        analysis.analysis, exposure.source, exposure.case_id, exposure.drug, exposure.drug_subclass,
        exposure.route_detail,
        if(
            analysis.analysis = 'inferred_route' and exposure.route = 'unknown',
            coalesce(exposure.inferred_route, 'unknown'), exposure.route
        ) as route
    from exposure
    cross join (
        values ('primary'), ('primary_suspect_only'), ('any_role'), ('single_ingredient_only'), ('inferred_route'),
        ('without_duplicates'), ('without_misuse_or_overdose')
    ) as analysis (analysis)
    left join
        intermediate.analysis_set_aside
            as set_aside
        on set_aside.analysis = analysis.analysis
            and set_aside.source = exposure.source and set_aside.case_id = exposure.case_id
    where set_aside.case_id is null
        and case analysis.analysis
            when 'any_role' then true
            when 'primary_suspect_only' then exposure.role_code = 'PS'
            when 'single_ingredient_only' then exposure.is_suspect and exposure.is_single_ingredient
            else exposure.is_suspect
        end
),

named as (
    select analysis, source, case_id, drug, route, route_detail from included
    union all
    select analysis, source, case_id, drug_subclass, route, route_detail from included where drug_subclass is not null
    union all
    select
        included.analysis, included.source, included.case_id, drug_rollup.rollup, included.route, included.route_detail
    from included
    inner join codes.drug_rollup as drug_rollup on drug_rollup.drug = included.drug
),

routed as (
    select
        analysis, source, case_id, drug,
        count(*) filter (where route <> 'unknown') as named_count,
        -- A stated route that is not on the list may be intravenous: such a case is not counted as not intravenous.
        count(*) filter (
            where route in ('intravenous', 'parenteral_unspecified', 'not coded')
            or route_detail in ('indirect', 'literal_other')
        ) as disqualifying_count
    from named
    group by analysis, source, case_id, drug
)

select distinct analysis, source, case_id, drug, route from named where route not in ('unknown', 'not coded')
union all
select analysis, source, case_id, drug, 'unknown' as route from routed where named_count = 0
union all
select analysis, source, case_id, drug, 'any' as route from routed
union all
select analysis, source, case_id, drug, 'not_intravenous' as route
from routed
where named_count > 0 and disqualifying_count = 0
