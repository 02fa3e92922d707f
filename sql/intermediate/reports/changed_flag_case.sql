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

foremost as (
    select true as is_now, source, drug, reaction, definition, ingredient from intermediate.dominating_drug
    union all
    select false as is_now, source, drug, reaction, definition, ingredient from before.intermediate_dominating_drug
),

listed as (
    select true as is_now, source, ingredient_list, case_id from intermediate.listed_case
    union all
    select false as is_now, source, ingredient_list, case_id from before.intermediate_listed_case
),

-- First the cases of the cells, then who of them is masked: all cases of a dominating drug are many times as many.
dominated as materialized (
    select behind.*, foremost.ingredient as ingredient_list
    from behind
    inner join foremost using (is_now, source, drug, reaction, definition)
    where behind.analysis = 'without_dominating_drug'
),

masked as (
    select is_now, analysis, source, drug, reaction, definition, case_id
    from dominated semi join listed using (is_now, source, ingredient_list, case_id)
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

suspected as (
    select distinct true as is_now, source, ingredient, case_id
    from events.exposure semi join pair using (source, ingredient)
    where is_suspect
    union all
    select distinct false as is_now, source, ingredient, case_id
    from before.events_exposure semi join pair using (source, ingredient)
    where is_suspect
),

reacted as (
    select true as is_now, source, case_id, preferred_term
    from events.reaction semi join pair using (source, preferred_term)
    union all
    select false as is_now, source, case_id, preferred_term
    from before.events_reaction semi join pair using (source, preferred_term)
),

named as (
    select distinct
        suspected.is_now, suspected.source, suspected.ingredient, reacted.preferred_term, suspected.case_id
    from suspected
    inner join reacted using (is_now, source, case_id)
    semi join pair
        on pair.source = suspected.source and pair.ingredient = suspected.ingredient
            and pair.preferred_term = reacted.preferred_term
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
