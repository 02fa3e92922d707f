-- What cases report of the watch list: a suspect drug by a route, beside a reaction.
-- grain  one row per case, drug, route, reaction and definition, the roll-ups of each included
-- key    source, case_id, drug, route, reaction, definition
-- not    an effect of the drug, and no rate: a report has no denominator
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
),
reacting as (
    select distinct reaction.source, reaction.case_id, meaning.reaction, meaning.definition
    from events.reaction as reaction
    inner join meaning on meaning.folded = lower(reaction.preferred_term)
)
select
    exposed_case.source, exposed_case.case_id, exposed_case.drug, exposed_case.route,
    reacting.reaction, reacting.definition
from events.exposed_case as exposed_case
inner join reacting on reacting.source = exposed_case.source and reacting.case_id = exposed_case.case_id
