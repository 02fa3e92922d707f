-- The routes by which each event group received each watched drug, from the words nearest to the drug.
-- grain  one row per event group, drug and route
-- key    trial_id, arm_id, drug, route
-- not    a field of the registry: it has none, so every route carries its basis

-- "intraven*" is the beginning of a word, "iv" a whole one
with route_word as (
    select
        route,
        kind,
        rank::integer as form_rank,
        ' ' || case when ends_with(name, '*') then rtrim(name, '*') else name || ' ' end as needle
    from codes.trial_route
),

matched as (
    select
        near.trial_id,
        near.arm_id,
        near.drug,
        code.route,
        case when code.kind = 'form' then 5 else near.tier end as tier,
        -- of several forms the first of the list counts; all routes that are named count
        case when code.kind = 'form' then code.form_rank else 0 end as form_rank,
        near.segment_text
    from intermediate.trial_group_near as near
    inner join route_word as code on contains(near.segment_words, code.needle)
    union all
    select trial_id, arm_id, drug, usual_route, 6, 0, drug_name
    from intermediate.trial_group_drug
    where usual_route is not null
),

nearest as (
    select *
    from matched
    qualify rank() over (partition by trial_id, arm_id, drug order by tier, form_rank) = 1
)

select
    trial_id,
    arm_id,
    drug,
    route,
    max(case when tier <= 3 then 'stated' else 'inferred' end) as route_basis,
    min(segment_text) as route_text
from nearest
group by trial_id, arm_id, drug, route
