-- Where a composite row ("nausea/vomiting", "psychotomimetic effects") may hide people who had one of its parts.
-- grain  one row per event group, part and definition
-- key    trial_id, arm_id, reaction, definition
-- not    a count: the composite counts for the union only, and leaves its parts unknown

select
    listed.trial_id,
    listed.arm_id,
    rollup.reaction,
    listed.definition
from intermediate.observed_listed as listed
inner join codes.reaction_rollup as rollup on listed.reaction = rollup.rollup
where listed.has_composite_term
union
-- the composite of trials has one definition, and hides its parts as narrowly and as broadly defined
select
    listed.trial_id,
    listed.arm_id,
    part.reaction,
    definition.definition
from intermediate.observed_listed as listed
inner join codes.trial_outcome_part as part on listed.reaction = part.outcome
cross join (values ('narrow'), ('broad')) as definition (definition)
where listed.has_composite_term
