-- Each posted event row with its term as the lists of reactions spell it.
-- grain  one row per trial, list, term row and event group
-- key    trial_id, arm_id, is_serious, term_number, stat_number
-- not    a reaction yet, and not the term as posted: codes, organ systems, severities and marks beside it are removed

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

mark as (
    select
        '^(' || string_agg(pattern, '|') filter (where place = 'front') || ')+' as front,
        '(' || string_agg(pattern, '|') filter (where place = 'back') || ')+\z' as back
    from codes.term_mark
),

-- "nausea - mild", "nausea grade 2", "nausea (ctcae grade 1)", "nausea*" are nausea
bare as (
    select
        term,
        trim(regexp_replace(
            regexp_replace(
                term,
                '[\s,:;-]*\(?\b((ctcae )?grade [0-9]([ /-]+[0-9])?|mild|moderate|severe)(( to |/| or |-)(moderate|severe))?\)?[\s*†‡§#]*$',  -- noqa: LT05
                ''
            ),
            '\s*\((mild|moderate|severe|visual|auditory|tactile|ctcae.*|grade.*|any.*|nos)\)|[\s*†‡§#.:;,-]+$', '', 'g'
        )) as bare_term
    from (select distinct term from spelled)
),

listed as (
    select distinct term from intermediate.trial_reaction_term
),

-- "57600-nausea", "gastrointestinal disorders: nausea", "nausea (10028813)" only where what remains is on a list whole
read as (
    select
        bare.term,
        coalesce(
            own.term,
            plain.term,
            marked.term,
            nullif(bare.bare_term, ''),
            bare.term
        ) as listed_term
    from bare
    cross join mark
    left join listed as own on bare.term = own.term
    left join listed as plain on bare.bare_term = plain.term
    left join listed as marked
        on own.term is null
            and plain.term is null
            and trim(regexp_replace(regexp_replace(bare.term, mark.back, ''), mark.front, '')) = marked.term
)

select
    spelled.trial_id,
    spelled.arm_id,
    spelled.is_serious,
    spelled.term_number,
    spelled.stat_number,
    read.listed_term as term,
    spelled.participants_affected,
    spelled.participants_at_risk
from spelled
inner join read using (term)
