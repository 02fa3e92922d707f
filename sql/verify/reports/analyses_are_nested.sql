-- Sensitivities that count more cases of a drug than what they narrow: primary suspects, single ingredients and cases left
-- aside are among the primary ones, and those among any role; routes that are inferred move no case in or out of `any`.
-- grain  one row per cell and analysis that breaks the rule: empty when the analyses are nested
-- key    source, drug, reaction, definition, analysis
-- not    a rule about single routes: an inferred route adds cases to one and takes them from unknown
-- why    a narrower analysis cannot hold more cases than the one it narrows
with any_route as (
    select
        source, drug, reaction, definition, analysis, with_both_count,
        with_both_count + drug_only_count as drug_route_case_count, universe_count
    from intermediate.signal_count
    where route = 'any' and comparator = 'all_other_cases'
)

select
    narrower.source, narrower.drug, narrower.reaction, narrower.definition, narrower.analysis,
    narrower.with_both_count, wider.with_both_count as wider_with_both_count
from any_route as narrower
left join any_route as wider
    on wider.source = narrower.source and wider.drug = narrower.drug and wider.reaction = narrower.reaction
        and wider.definition = narrower.definition
        and wider.analysis = if(narrower.analysis = 'primary', 'any_role', 'primary')
where narrower.analysis <> 'any_role' and (
        wider.source is null
        or narrower.with_both_count > wider.with_both_count
        or narrower.drug_route_case_count > wider.drug_route_case_count
        or narrower.universe_count > wider.universe_count
        or (narrower.analysis = 'inferred_route' and narrower.with_both_count <> wider.with_both_count)
    )
