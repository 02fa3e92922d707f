-- The spellings of trial registers and MedDRA that make up each reaction and definition.
-- grain  one row per reaction, definition and spelling
-- key    reaction, definition, term
-- not    MedDRA: short lists of study definitions

with listed as (
    select reaction, definition, preferred_term as term from codes.reaction
    union all
    select reaction, definition, term from codes.trial_reaction
),

rolled as (
    select reaction, definition, term from listed
    union all
    select rollup.rollup, listed.definition, listed.term
    from listed
    inner join codes.reaction_rollup as rollup using (reaction)
),

-- what is narrow is broad too
defined as (
    select reaction, definition, term from rolled
    union all
    select reaction, 'broad', term from rolled
    where definition = 'narrow'
)

select distinct
    reaction,
    definition,
    regexp_replace(lower(trim(term)), '\s+', ' ', 'g') as term
from defined
