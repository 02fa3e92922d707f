-- The spellings of trial registers and MedDRA that make up each reaction and definition.
-- grain  one row per reaction, definition and spelling
-- key    reaction, definition, term
-- not    MedDRA: short lists of study definitions. Trial-only outcomes have a narrow definition alone

with listed as (
    select reaction, definition, lower(preferred_term) as term from codes.reaction
    union all
    select reaction, definition, term from codes.trial_reaction
),

-- a term listed for the union itself, such as nausea/vomiting, is a composite
rolled as (
    select reaction, definition, term, reaction in (select rollup from codes.reaction_rollup) as is_composite
    from listed
    union all
    select rollup.rollup, listed.definition, listed.term, false
    from listed
    inner join codes.reaction_rollup as rollup using (reaction)
),

-- what is narrow is broad too
defined as (
    select reaction, definition, term, is_composite from rolled
    union all
    select reaction, 'broad', term, is_composite from rolled
    where definition = 'narrow'
    union all
    -- of trial-only outcomes there is one definition
    select reaction, 'narrow', term, kind = 'composite' from codes.trial_outcome_term
    union all
    select part.outcome, 'narrow', rolled.term, false
    from rolled
    inner join codes.trial_outcome_part as part using (reaction)
    where rolled.definition = 'narrow'
)

select reaction, definition, term, bool_or(is_composite) as is_composite
from defined
group by reaction, definition, term
