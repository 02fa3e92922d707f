-- The four cells of cases for each drug and route against each reaction, in every analysis and with every comparator.
-- grain  one row per source, drug, route, reaction, definition, analysis and comparator
-- key    source, drug, route, reaction, definition, analysis, comparator
-- not    rates, nor additive: routes overlap, analyses and comparators hold the same cases again
with margin as (
    select
        analysis, 'all_other_cases' as comparator, source, drug, route, reaction, definition,
        null as set_aside_text, with_both_count, drug_route_case_count, reaction_case_count, universe_count
    from intermediate.analysis_count
),

listed as (
    -- What a list of cases takes of each margin of the primary analysis.
    select
        primary_count.source, primary_count.drug, primary_count.route, primary_count.reaction,
        primary_count.definition, primary_count.with_both_count, primary_count.drug_route_case_count,
        primary_count.reaction_case_count,
        primary_count.universe_count,
        list.analysis as list_analysis,
        list.comparator,
        list.ingredient_list,
        coalesce(list_both.case_count, 0) as list_both, coalesce(list_drug.case_count, 0) as list_drug,
        coalesce(list_reaction.case_count, 0) as list_reaction, coalesce(list_all.case_count, 0) as list_all
    from intermediate.analysis_count as primary_count
    inner join (
        select distinct
            'primary' as analysis, comparator, comparator || ' of ' || drug as ingredient_list, drug,
            null as source, null as reaction, null as definition
        from codes.comparator
        union all
        select 'without_dominating_drug', 'all_other_cases', ingredient, drug, source, reaction, definition
        from intermediate.dominating_drug
    )
        as list
        on list.drug = primary_count.drug
            and coalesce(list.source, primary_count.source) = primary_count.source
            and coalesce(list.reaction, primary_count.reaction) = primary_count.reaction
            and coalesce(list.definition, primary_count.definition) = primary_count.definition
    left join
        intermediate.listed_count
            as list_both
        on list_both.ingredient_list = list.ingredient_list
            and list_both.source = primary_count.source and list_both.drug = primary_count.drug
            and list_both.route = primary_count.route and list_both.reaction = primary_count.reaction
            and list_both.definition = primary_count.definition
    left join
        intermediate.listed_count
            as list_drug
        on list_drug.ingredient_list = list.ingredient_list
            and list_drug.source = primary_count.source and list_drug.drug = primary_count.drug
            and list_drug.route = primary_count.route and list_drug.reaction = ''
    left join
        intermediate.listed_count
            as list_reaction
        on list_reaction.ingredient_list = list.ingredient_list
            and list_reaction.source = primary_count.source and list_reaction.drug = ''
            and list_reaction.reaction = primary_count.reaction
            and list_reaction.definition = primary_count.definition
    left join
        intermediate.listed_count
            as list_all
        on list_all.ingredient_list = list.ingredient_list
            and list_all.source = primary_count.source and list_all.drug = '' and list_all.reaction = ''
    where primary_count.analysis = 'primary'
),

every as (
    select
        analysis, comparator, source, drug, route, reaction, definition, set_aside_text,
        with_both_count, drug_route_case_count, reaction_case_count, universe_count
    from margin
    union all
    -- Restricted comparator: the cases of the drug and route, and beside them those of the list.
    select
        list_analysis, comparator, source, drug, route, reaction, definition, null,
        with_both_count, drug_route_case_count, with_both_count + list_reaction - list_both,
        drug_route_case_count + list_all - list_drug
    from listed
    where list_analysis = 'primary'
    union all
    -- Masking: the cases that suspect the dominating drug leave every margin.
    select
        list_analysis, comparator, source, drug, route, reaction, definition, ingredient_list,
        with_both_count - list_both, drug_route_case_count - list_drug, reaction_case_count - list_reaction,
        universe_count - list_all
    from listed
    where list_analysis <> 'primary' and drug_route_case_count > list_drug
)

select
    source, drug, route, reaction, definition, analysis, comparator, set_aside_text, with_both_count,
    drug_route_case_count - with_both_count as drug_only_count,
    reaction_case_count - with_both_count as reaction_only_count,
    universe_count - drug_route_case_count - (reaction_case_count - with_both_count) as neither_count,
    universe_count
from every
