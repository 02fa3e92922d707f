-- Cases that entered or left the cell behind a flag that was raised or lowered since the live snapshot.
-- grain  one row per flag and case that is behind it in one of the two snapshots only
-- key    table_name, row_key, column_name, source, case_id
-- not    the cases that the cell is compared with, which may move a flag alone
with flag as (
    -- The masking analysis is the primary one without the cases of the dominating drug.
    select *, if(analysis = 'without_dominating_drug', 'primary', analysis) as exposure_analysis
    from intermediate.changed_flag
),

-- Criteria, comparators and strata share a cell: its cases are compared once.
cell as (
    select distinct analysis, exposure_analysis, source, drug, route, reaction, definition
    from flag
    where table_name = 'summary.signal'
),

behind as (
    select true as is_now, cell.*, exposure.case_id
    from intermediate.analysis_exposure as exposure
    inner join cell
        on cell.exposure_analysis = exposure.analysis and cell.source = exposure.source and cell.drug = exposure.drug
            and cell.route = exposure.route
    inner join intermediate.reacting_case as reacting
        on reacting.source = exposure.source and reacting.case_id = exposure.case_id
            and reacting.reaction = cell.reaction and reacting.definition = cell.definition
    union all
    select false as is_now, cell.*, exposure.case_id
    from before.intermediate_analysis_exposure as exposure
    inner join cell
        on cell.exposure_analysis = exposure.analysis and cell.source = exposure.source and cell.drug = exposure.drug
            and cell.route = exposure.route
    inner join before.intermediate_reacting_case as reacting
        on reacting.source = exposure.source and reacting.case_id = exposure.case_id
            and reacting.reaction = cell.reaction and reacting.definition = cell.definition
),

masked as (
    select
        true as is_now, 'without_dominating_drug' as analysis, dominating.source, dominating.drug,
        dominating.reaction, dominating.definition, list.case_id
    from intermediate.dominating_drug as dominating
    inner join intermediate.listed_case as list
        on list.source = dominating.source and list.ingredient_list = dominating.ingredient
    union all
    select
        false as is_now, 'without_dominating_drug' as analysis, dominating.source, dominating.drug,
        dominating.reaction, dominating.definition, list.case_id
    from before.intermediate_dominating_drug as dominating
    inner join before.intermediate_listed_case as list
        on list.source = dominating.source and list.ingredient_list = dominating.ingredient
),

moved as (
    select
        behind.source, behind.case_id, behind.drug, behind.route, behind.reaction, behind.definition, behind.analysis,
        bool_or(behind.is_now) as is_gained
    from behind
    anti join masked using (is_now, analysis, source, drug, reaction, definition, case_id)
    group by all
    having count(*) = 1
),

pair as (
    select distinct source, ingredient, preferred_term from flag where table_name = 'summary.signal_any_drug'
),

named as (
    select distinct true as is_now, pair.source, pair.ingredient, pair.preferred_term, exposure.case_id
    from pair
    inner join events.exposure as exposure
        on exposure.is_suspect and exposure.source = pair.source and exposure.ingredient = pair.ingredient
    inner join events.reaction as reaction
        on reaction.source = exposure.source and reaction.case_id = exposure.case_id
            and reaction.preferred_term = pair.preferred_term
    union all
    select distinct false as is_now, pair.source, pair.ingredient, pair.preferred_term, exposure.case_id
    from pair
    inner join before.events_exposure as exposure
        on exposure.is_suspect and exposure.source = pair.source and exposure.ingredient = pair.ingredient
    inner join before.events_reaction as reaction
        on reaction.source = exposure.source and reaction.case_id = exposure.case_id
            and reaction.preferred_term = pair.preferred_term
),

moved_pair as (
    select source, ingredient, preferred_term, case_id, bool_or(is_now) as is_gained
    from named
    group by all
    having count(*) = 1
)

select flag.table_name, flag.row_key, flag.column_name, flag.source, moved.case_id, moved.is_gained
from flag
inner join moved using (source, drug, route, reaction, definition, analysis)
union all
select flag.table_name, flag.row_key, flag.column_name, flag.source, moved_pair.case_id, moved_pair.is_gained
from flag
inner join moved_pair using (source, ingredient, preferred_term)
