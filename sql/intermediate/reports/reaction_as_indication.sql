-- Which reaction of the watch list each case names that is also what the drug was given for: nausea with magnesium
-- given for nausea may be the illness and no reaction.
-- grain  one row per case, drug, route, reaction and definition, the roll-ups of each included
-- key    source, case_id, drug, route, reaction, definition
-- not    proof that there was no reaction: an illness may get worse
with meaning as (
    select lower(preferred_term) as folded, reaction, definition from codes.reaction
    union
    -- What is narrow is broad as well.
    select lower(preferred_term), reaction, 'broad' from codes.reaction where definition = 'narrow'
),

grouped as (
    select folded, reaction, definition from meaning
    union
    select meaning.folded, reaction_rollup.rollup, meaning.definition
    from meaning
    inner join codes.reaction_rollup as reaction_rollup on reaction_rollup.reaction = meaning.reaction
)

select distinct
    reported.source, reported.case_id, reported.drug, reported.route, reported.reaction, reported.definition
from events.reported as reported
inner join intermediate.stated_indication as stated
    on stated.source = reported.source and stated.case_id = reported.case_id and stated.drug = reported.drug
        and (stated.route = reported.route or reported.route in ('any', 'not_intravenous', 'unknown'))
inner join grouped
    on grouped.folded = lower(stated.preferred_term) and grouped.reaction = reported.reaction
        and grouped.definition = reported.definition
