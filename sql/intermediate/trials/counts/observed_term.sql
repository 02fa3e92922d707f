-- Each posted event row with its term as the lists of reactions spell it.
-- grain  one row per trial, list, term row and event group
-- key    trial_id, arm_id, is_serious, term_number, stat_number
-- not    a reaction yet, and not the term as posted: marks, severities and brackets that change no reaction are removed

with spelled as (
    select
        trial_id,
        arm_id,
        is_serious,
        term_number,
        stat_number,
        participants_affected,
        participants_at_risk,
        trim(regexp_replace(replace(lower(term_text), '&amp;', '&'), '\s+', ' ', 'g')) as term
    from clean.trial_event
),

-- "nausea - mild", "nausea grade 2", "nausea (ctcae grade 1)", "nausea*" are nausea
bare as (
    select
        *,
        trim(regexp_replace(
            regexp_replace(
                term,
                '[\s,:;-]*\(?\b((ctcae )?grade [0-9]([ /-]+[0-9])?|mild|moderate|severe)(( to |/| or |-)(moderate|severe))?\)?[\s*†‡§#]*$',  -- noqa: LT05
                ''
            ),
            '\s*\((mild|moderate|severe|visual|auditory|tactile|ctcae.*|grade.*|any.*|nos)\)|[\s*†‡§#.:;,-]+$', '', 'g'
        )) as bare_term
    from spelled
)

select
    bare.trial_id,
    bare.arm_id,
    bare.is_serious,
    bare.term_number,
    bare.stat_number,
    case when listed.term is null and bare.bare_term <> '' then bare.bare_term else bare.term end as term,
    bare.participants_affected,
    bare.participants_at_risk
from bare
left join (select distinct term from intermediate.trial_reaction_term) as listed using (term)
