-- Which reaction of the watch list each case names, whatever drug it suspects.
-- grain  one row per case, reaction and definition, the roll-up of reactions included
-- key    source, case_id, reaction, definition
-- not    a link to a drug, and not a count of events: a case that names three terms of a reaction is one row
with term as (
    select lower(preferred_term) as folded, reaction, definition from codes.reaction
    union
    -- What is narrow is broad as well.
    select lower(preferred_term), reaction, 'broad' from codes.reaction where definition = 'narrow'
),

meaning as (
    select folded, reaction, definition from term
    union
    select term.folded, reaction_rollup.rollup, term.definition
    from term
    inner join codes.reaction_rollup as reaction_rollup on reaction_rollup.reaction = term.reaction
)

select
    reaction.source, reaction.case_id, meaning.reaction, meaning.definition,
    count(distinct meaning.folded) as term_count
from events.reaction as reaction
inner join meaning on meaning.folded = lower(reaction.preferred_term)
group by reaction.source, reaction.case_id, meaning.reaction, meaning.definition
