-- Cases that entered or left the cell behind a flag that was raised or lowered since the live snapshot.
-- grain  one row per flag and case that is behind it in one of the two snapshots only
-- key    table_name, row_key, column_name, source, case_id
-- not    the cases that the cell is compared with, which may move a flag alone
with exposed as (
    select true as is_now, * from intermediate.analysis_exposure
    union all by name
    select false as is_now, * from before.intermediate_analysis_exposure
),

reacting as (
    select true as is_now, * from intermediate.reacting_case
    union all by name
    select false as is_now, * from before.intermediate_reacting_case
),

foremost as (
    select true as is_now, * from intermediate.dominating_drug
    union all by name
    select false as is_now, * from before.intermediate_dominating_drug
),

listed as (
    select true as is_now, * from intermediate.listed_case
    union all by name
    select false as is_now, * from before.intermediate_listed_case
),

-- Criteria, comparators and strata share a cell: its cases are compared once. The masking analysis is the primary one
-- without the cases of the dominating drug.
cell as (
    select distinct
        source, drug, route, reaction, definition, analysis as flagged_analysis,
        if(analysis = 'without_dominating_drug', 'primary', analysis) as analysis
    from intermediate.changed_flag
    where table_name = 'summary.signal'
),

behind as (
    select is_now, source, drug, route, reaction, definition, flagged_analysis as analysis, case_id
    from cell
    inner join exposed using (source, drug, route, analysis)
    inner join reacting using (is_now, source, case_id, reaction, definition)
),

-- First the cases of the cells, then who of them is masked: all cases of a dominating drug are many times as many.
masked as (
    select *
    from (
        select behind.*, foremost.ingredient as ingredient_list
        from behind inner join foremost using (is_now, source, drug, reaction, definition)
        where behind.analysis = 'without_dominating_drug'
    ) semi join listed using (is_now, source, ingredient_list, case_id)
),

moved as (
    select source, case_id, drug, route, reaction, definition, analysis, bool_or(is_now) as is_gained
    from behind anti join masked using (is_now, source, drug, route, reaction, definition, analysis, case_id)
    group by all
    having count(*) = 1
),

pair as (
    select distinct source, ingredient, preferred_term
    from intermediate.changed_flag
    where table_name = 'summary.signal_any_drug'
),

suspected as (
    select true as is_now, source, ingredient, case_id
    from events.exposure semi join pair using (source, ingredient) where is_suspect
    union
    select false as is_now, source, ingredient, case_id
    from before.events_exposure semi join pair using (source, ingredient) where is_suspect
),

reacted as (
    select true as is_now, * from events.reaction semi join pair using (source, preferred_term)
    union all by name
    select false as is_now, * from before.events_reaction semi join pair using (source, preferred_term)
),

moved_pair as (
    select source, ingredient, preferred_term, case_id, bool_or(is_now) as is_gained
    from suspected inner join reacted using (is_now, source, case_id)
    semi join pair using (source, ingredient, preferred_term)
    group by all
    having count(distinct is_now) = 1
)

select flag.table_name, flag.row_key, flag.column_name, flag.source, moved.case_id, moved.is_gained
from intermediate.changed_flag as flag
inner join moved using (source, drug, route, reaction, definition, analysis)
union all
select flag.table_name, flag.row_key, flag.column_name, flag.source, moved_pair.case_id, moved_pair.is_gained
from intermediate.changed_flag as flag
inner join moved_pair using (source, ingredient, preferred_term)
