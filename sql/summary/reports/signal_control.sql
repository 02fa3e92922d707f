-- The measures of ingredients and terms whose answer is known: a control of the whole computation in each run.
-- grain  one row per source and control of sql/codes/signal_control.csv, seen together or not
-- key    source, ingredient, preferred_term
-- not    an assessment of these drugs: positive and negative are those of the named reference
with source as (
    select distinct source from intermediate.pair_margin
),

named as (
    select source, margin, lower(name) as folded, sum(case_count)::bigint as case_count
    from intermediate.pair_margin
    where margin <> 'every_case'
    group by source, margin, lower(name)
),

measured as (
    select any_drug.*, lower(any_drug.preferred_term) as folded
    from summary.signal_any_drug as any_drug
    where any_drug.ingredient in (select ingredient from codes.signal_control)
)

select
    source.source, control.ingredient, control.preferred_term, control.expected,
    coalesce(measured.with_both_count, 0) as with_both_count,
    coalesce(ingredient.case_count, 0) as ingredient_case_count,
    coalesce(term.case_count, 0) as reaction_case_count,
    measured.expected_count, measured.prr, measured.ror, measured.ic, measured.ic_lower, measured.ic_upper,
    measured.ebgm, measured.eb05, measured.eb95,
    coalesce(measured.is_ic025, false) as is_flagged,
    case
        -- Under three cases the lower bound of the IC cannot pass zero, however few were expected.
        when coalesce(measured.with_both_count, 0) < 3 then 'too_few_cases'
        when control.expected = 'positive' then if(measured.is_ic025, 'found', 'missed')
        else if(measured.is_ic025, 'false_flag', 'quiet')
    end as outcome
from source
cross join codes.signal_control as control
left join measured
    on measured.source = source.source and measured.ingredient = control.ingredient
        and measured.folded = lower(control.preferred_term)
left join
    named
        as ingredient
    on ingredient.source = source.source and ingredient.margin = 'ingredient'
        and ingredient.folded = lower(control.ingredient)
left join named as term on term.source = source.source and term.margin = 'preferred_term'
    and term.folded = lower(control.preferred_term)
