-- Which treatments each text about an event group of a crossover names, controls and other drugs among them.
-- grain  one row per event group, text and treatment
-- key    trial_id, arm_id, text_source, text_number, treatment
-- not    what the group was given at one time: in a crossover everybody may have had all of them

with text as (
    select
        stated_text.trial_id,
        stated_text.arm_id,
        stated_text.text_source,
        stated_text.text_number,
        stated_text.said_text
    from intermediate.trial_group_text as stated_text
    inner join clean.trial as trial using (trial_id)
    where trial.is_crossover and stated_text.text_source <> 'intervention_description'
),

-- a null treatment is a longer name that hides a shorter one
code as (
    select name, drug as treatment from codes.trial_drug
    union all
    select name, case when role = 'active_placebo' then name else role end from codes.trial_control
),

-- a registered drug that no code list knows is a treatment of its own
other as (
    select registered.trial_id, trim(words_of(registered.intervention_name)) as name
    from clean.trial_intervention as registered
    inner join clean.trial as trial using (trial_id)
    left join code on contains(words_of(registered.intervention_name), ' ' || code.name || ' ')
    where
        trial.is_crossover
        and registered.intervention_type in ('DRUG', 'BIOLOGICAL', 'COMBINATION_PRODUCT')
        and code.name is null
        and len(trim(words_of(registered.intervention_name))) > 3
),

piece as (
    select
        *,
        unnest(string_split_regex(
            said_text,
            '\s*(-+>|=+>|→|⇒|➔|[/,;:()]| [-–] |\b(then|followed by|over to|to|first|and|plus|with)\b)\s*'
        )) as piece_text
    from text
),

-- the placebo of ketamine is a placebo
named as (
    select piece.* exclude (said_text), code.name, code.treatment
    from piece
    inner join code on contains(words_of(piece.piece_text), ' ' || code.name || ' ')
    where not regexp_matches(piece.piece_text, 'placebo|\bsham\b') or code.treatment = 'placebo'
    union all
    select piece.* exclude (said_text), other.name, other.name
    from piece
    inner join
        other
        on other.trial_id = piece.trial_id and contains(words_of(piece.piece_text), ' ' || other.name || ' ')
),

beside as (
    select
        *,
        list(name) over (partition by trial_id, arm_id, text_source, text_number, piece_text) as names
    from named
)

select distinct trial_id, arm_id, text_source, text_number, treatment
from beside
where treatment is not null and not is_part_of_longer(name, names)
